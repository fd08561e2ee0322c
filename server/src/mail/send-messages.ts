import type { Storage } from '../storage/open-storage.ts';
import { type ClaimedMessage, claimNext, endClaims, forgetOldMessages, noteDelivery } from './claim-messages.ts';
import type { Mail } from './create-mail.ts';
import type { MailSetup } from './mail-setup.ts';
import { openTransport } from './open-transport.ts';
import { type OutgoingContent, openContent } from './outgoing-content.ts';
import type { OutgoingMessageTable } from './outgoing-messages.table.ts';
import { createWebhookCaller } from './transports/call-webhook.ts';
import { reasonOf } from './transports/http-transports.ts';
import type { Delivery } from './transports/transport.ts';

/** Sends what stands in the queue, in the background. */
export interface MessageSender {
  /** Looks at once whether something is to be sent. */
  wake(): void;
  /** Waits for what is being sent, for some seconds at most; what is left is sent after the next start. */
  close(): Promise<void>;
}

const pollMs = 2_000;
const closeWithinMs = 5_000;
/** Shorter than a claim lasts. */
const attemptMs = 45_000;
const noteAttempts = 30;
const noteAgainMs = 1_000;
const forgetEveryMs = 3_600_000;
const keepMs = 90 * 86_400_000;

const channels: readonly OutgoingMessageTable['channel'][] = ['email', 'slack', 'webhook'];

/** How one message of a channel is sent, for as long as a run of the queue lasts. */
interface Channel {
  deliver(message: ClaimedMessage['message'], content: OutgoingContent): Promise<Delivery>;
  close(): void;
}

/**
 * Works through the queue, the oldest first and each channel by itself, so that a webhook that hangs delays no mail.
 * Any number of instances may do so at once; each message is claimed before it is sent.
 *
 * A message is sent at least once. Whoever dies between the mail server's "250 OK" and writing it down leaves a claim
 * that ends, and the mail is sent a second time, with the same `Message-ID`, by which programs know it (RFC 5321 asks
 * for this choice: a mail twice is better than none). Resend's idempotency key and the webhook's id make it once.
 * That moment is as short as it can be: the connection that the claim came by is open when the answer comes, and is
 * nobody else's, so that the note is on its way in the same turn of the event loop.
 */
export function createMessageSender(options: {
  storage: Storage;
  mail: Mail;
  saltKey: string;
  allowsPrivateTargets: boolean;
  /** True when no other process can be using the database: what is claimed was claimed by one that has died. */
  isOnlyProcess: boolean;
  now: () => number;
  onFailure: (error: unknown) => void;
}): MessageSender {
  const { storage, mail, now } = options;
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const webhooks = createWebhookCaller(options.allowsPrivateTargets);
  let closed = false;
  let forgottenAt = 0;

  function openChannel(name: OutgoingMessageTable['channel'], setup: MailSetup): Channel {
    if (name === 'email') return emailChannel(setup);
    return {
      deliver: (message, content) => callOut(webhooks, setup, message, content, now()),
      close: () => undefined,
    };
  }

  async function run(name: OutgoingMessageTable['channel']): Promise<void> {
    let channel: Channel | null = null;
    try {
      while (!closed) {
        const claimed = await claimNext(storage.reservedDb, name, now());
        if (!claimed) return;
        channel ??= openChannel(name, await mail.setup(storage.db));
        const delivery = await sendClaimed(channel, claimed);
        await note(claimed, delivery);
        if (delivery.kind === 'unavailable') return;
      }
    } finally {
      channel?.close();
    }
  }

  /** What was sent and cannot be written down is sent again: so a database that is away is asked for a while. */
  async function note(claimed: ClaimedMessage, delivery: Delivery): Promise<void> {
    for (let left = noteAttempts; ; left -= 1) {
      try {
        return await noteDelivery(storage.reservedDb, claimed, delivery, now());
      } catch (error) {
        if (left === 0 || closed) throw error;
        await new Promise((resolve) => setTimeout(resolve, noteAgainMs));
      }
    }
  }

  async function sendClaimed(channel: Channel, { message }: ClaimedMessage): Promise<Delivery> {
    try {
      if (message.sealed_content === null) return { kind: 'refused', reason: 'There is nothing left of what it said.' };
      const content = openContent(options.saltKey, message.message_id, message.sealed_content);
      return await Promise.race([channel.deliver(message, content), outOfTime()]);
    } catch (error) {
      options.onFailure(error);
      return { kind: 'postponed', reason: reasonOf(error) };
    }
  }

  /** The claim must not end while a message is being sent. */
  async function outOfTime(): Promise<Delivery> {
    await new Promise((resolve) => setTimeout(resolve, attemptMs).unref());
    return { kind: 'unavailable', reason: `There was no answer within ${attemptMs / 1000} seconds.` };
  }

  function start(name: OutgoingMessageTable['channel']): void {
    if (closed) return;
    if (running.has(name)) {
      again.add(name);
      return;
    }
    const work = run(name)
      .catch(options.onFailure)
      .finally(() => {
        running.delete(name);
        if (again.delete(name)) start(name);
      });
    running.set(name, work);
  }

  async function forget(): Promise<void> {
    if (now() - forgottenAt < forgetEveryMs) return;
    forgottenAt = now();
    await forgetOldMessages(storage.db, now() - keepMs);
  }

  function wake(): void {
    for (const name of channels) start(name);
  }

  const timer = setInterval(() => {
    wake();
    forget().catch(options.onFailure);
  }, pollMs);
  const ready = options.isOnlyProcess ? endClaims(storage.db, now()) : Promise.resolve();
  ready.catch(options.onFailure).finally(wake);

  return {
    wake,
    async close() {
      closed = true;
      clearInterval(timer);
      const late = new Promise((resolve) => setTimeout(resolve, closeWithinMs).unref());
      await Promise.race([Promise.all(running.values()), late]);
      webhooks.close();
    },
  };
}

function emailChannel(setup: MailSetup): Channel {
  const { transport: found, problem } = setup;
  const transport = found === null ? null : openTransport(found);
  return {
    async deliver(message, content) {
      if (found === null || transport === null)
        return { kind: 'unavailable', reason: problem ?? 'Mail is not set up.' };
      if (content.channel !== 'email') return { kind: 'refused', reason: 'This is no mail.' };
      const { subject, html, text } = content;
      const { message_id: messageId, recipient: to, created_at: createdAt } = message;
      return transport.send({ messageId, from: found.sender, to, subject, html, text, createdAt });
    },
    close: () => transport?.close(),
  };
}

async function callOut(
  webhooks: ReturnType<typeof createWebhookCaller>,
  setup: MailSetup,
  message: ClaimedMessage['message'],
  content: OutgoingContent,
  at: number,
): Promise<Delivery> {
  switch (content.channel) {
    case 'slack':
      if (setup.slackUrl === null) return { kind: 'refused', reason: 'Slack is not set up any more.' };
      return webhooks.callSlack(setup.slackUrl, content.text);
    case 'webhook':
      if (setup.webhookUrl === null) return { kind: 'refused', reason: 'No webhook is set up any more.' };
      return webhooks.callWebhook(
        { url: setup.webhookUrl, secret: setup.webhookSecret },
        { id: message.message_id, body: content.body, at },
      );
    case 'email':
      return { kind: 'refused', reason: 'This is a mail.' };
  }
}
