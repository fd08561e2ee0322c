import { createHmac } from 'node:crypto';
import { Agent, type Dispatcher, request } from 'undici';
import { createPublicAgent, looksPublic, PrivateTarget } from '../../http/public-addresses.ts';
import type { WebhookBody } from '../outgoing-content.ts';
import { reasonOf } from './http-transports.ts';
import type { Delivery } from './transport.ts';

const timeoutMs = 10_000;

/** Calls webhooks and Slack. Whoever creates one closes it. */
export interface WebhookCaller {
  /** Never throws. */
  callWebhook(
    target: { url: string; secret: string | null },
    call: { id: string; body: WebhookBody; at: number },
  ): Promise<Delivery>;
  /** Never throws. */
  callSlack(url: string, text: string): Promise<Delivery>;
  close(): void;
}

/** @param allowsPrivateTargets whether addresses of private networks may be called. */
export function createWebhookCaller(allowsPrivateTargets: boolean): WebhookCaller {
  const agent: Dispatcher = allowsPrivateTargets ? new Agent() : createPublicAgent();

  async function post(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Delivery> {
    try {
      if (!allowsPrivateTargets && !looksPublic(url)) throw new PrivateTarget(URL.parse(url)?.host ?? 'The target');
      // `request` follows no redirect, so what was checked is what is called.
      const answer = await request(url, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': 'application/json', 'user-agent': 'Latchkey', ...headers },
        body,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal: AbortSignal.timeout(2 * timeoutMs),
      });
      await answer.body.dump({ limit: 4_096 });
      const { statusCode } = answer;
      if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
      const reason = `HTTP ${statusCode}`;
      // 410: the receiver wants no more of it. What it says of one call, such as 400, need not hold for the next.
      if (statusCode === 410) return { kind: 'refused', reason };
      const isAboutCall = statusCode >= 400 && statusCode < 500 && statusCode !== 408 && statusCode !== 429;
      return { kind: isAboutCall ? 'postponed' : 'unavailable', reason };
    } catch (error) {
      return { kind: error instanceof PrivateTarget ? 'refused' : 'unavailable', reason: reasonOf(error) };
    }
  }

  return {
    callWebhook({ url, secret }, { id, body, at }) {
      const text = JSON.stringify(body);
      const seconds = String(Math.floor(at / 1000));
      const signature = secret === null ? {} : { 'webhook-signature': signWebhook(secret, id, seconds, text) };
      return post(url, text, { 'webhook-id': id, 'webhook-timestamp': seconds, ...signature });
    },
    callSlack: (url, text) => post(url, JSON.stringify({ text }), {}),
    close: () => void agent.close(),
  };
}

/**
 * The signature of a call, as the Standard Webhooks specification has it: `v1,` and the Base64 of the HMAC-SHA256 of
 * `{id}.{timestamp}.{body}`. Receivers check it with any library for that specification, refuse calls whose timestamp
 * is minutes old, and forget a call whose id they have seen.
 * @param secret a text, or `whsec_` and the key in Base64.
 */
export function signWebhook(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
