import { createHash } from 'node:crypto';
import { request } from 'undici';
import { oneLine } from '../escape-html.ts';
import type { MailAddress } from '../mail-address.ts';
import type { TransportSetup } from '../mail-setup.ts';
import {
  automaticHeaders,
  type Delivery,
  type MailTransport,
  messageIdHeader,
  type OutgoingEmail,
} from './transport.ts';

const timeoutMs = 20_000;
const readBytes = 2_000;

type HttpSetup = Extract<TransportSetup, { kind: 'resend' | 'sendgrid' }>;

/** Sends by Resend's API. Its idempotency key makes a second attempt at what has arrived do nothing. */
export function openResendTransport(setup: HttpSetup): MailTransport {
  return {
    send(email) {
      const body = {
        from: written(email.from),
        to: [email.to],
        subject: email.subject,
        html: email.html,
        text: email.text,
        headers: { 'Message-ID': messageIdHeader(email), ...automaticHeaders },
      };
      // Resend refuses a key that comes back with other content, as it does when the sender was changed in between.
      const content = createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16);
      return post(`${setup.baseUrl}/emails`, setup.apiKey, body, {
        'idempotency-key': `${email.messageId}-${content}`,
      });
    },
    close: () => undefined,
  };
}

/** Sends by SendGrid's API. It knows no idempotency: an attempt whose answer was lost is made again. */
export function openSendgridTransport(setup: HttpSetup): MailTransport {
  return {
    send(email: OutgoingEmail) {
      const body = {
        personalizations: [{ to: [{ email: email.to }] }],
        from: { email: email.from.address, ...(email.from.name === null ? {} : { name: email.from.name }) },
        subject: email.subject,
        content: [
          { type: 'text/plain', value: email.text },
          { type: 'text/html', value: email.html },
        ],
        headers: { 'Message-ID': messageIdHeader(email), ...automaticHeaders },
        // Links in mails are secrets: they must not lead through somebody else's server.
        tracking_settings: { click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: false } },
      };
      return post(`${setup.baseUrl}/v3/mail/send`, setup.apiKey, body, {});
    },
    close: () => undefined,
  };
}

function written({ name, address }: MailAddress): string {
  return name === null ? address : `"${name.replaceAll(/["\\<>]/g, '')}" <${address}>`;
}

async function post(
  url: string,
  apiKey: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Delivery> {
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}`, ...headers },
      body: JSON.stringify(body),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      signal: AbortSignal.timeout(2 * timeoutMs),
    });
    const { statusCode } = answer;
    const text = await answer.body.text();
    if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered' };
    const reason = `HTTP ${statusCode}: ${oneLine(text.slice(0, readBytes))}`.slice(0, 500);
    // Another attempt with the same key is under way, perhaps of an instance that has lost its claim.
    if (statusCode === 409) return { kind: 'postponed', reason };
    const isAboutMessage = statusCode === 400 || statusCode === 413 || statusCode === 422;
    return { kind: isAboutMessage ? 'refused' : 'unavailable', reason };
  } catch (error) {
    return { kind: 'unavailable', reason: reasonOf(error) };
  }
}

/** Why a call has failed, in short and without its content. */
export function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? `${String(error.code)}: ` : '';
  return `${code}${oneLine(error instanceof Error ? error.message : String(error))}`.slice(0, 500);
}
