import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { consoleLink } from '../../http/console-links.contract.ts';
import '../../mail/outgoing-messages.table.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import '../users/users.table.ts';
import type { checkService as checkEndpoint, testOutcome } from './email.contract.ts';

type Outcome = z.infer<typeof testOutcome>;

const waitMs = 20_000;
const lookEveryMs = 50;

/**
 * Sends a mail the way that all mails go, and waits some seconds for what becomes of it. One that cannot be sent is
 * taken back: nobody wants a test tomorrow.
 * @param to null: the caller, or `TEST_EMAIL_ADDRESS`.
 * @throws ApiError 400 where mail is not set up, and without an address to send it to.
 */
export async function sendTestEmail(parts: Parts, call: Call, to: string | null): Promise<Outcome> {
  const { mail, settings, storage } = parts;
  const asker = await askerOf(parts, call);
  const recipient = to ?? settings.mail.testRecipient ?? asker.email;
  if (recipient === null) {
    throw refused(
      'to is missing, and you have no e-mail address yourself: say where the mail is to go, here or once for all as TEST_EMAIL_ADDRESS.',
      'to',
    );
  }
  const { transport } = await mail.setup(storage.db);
  return sendAndWait(parts, call, recipient, async (tx, reference) => {
    const { status, message } = await mail.enqueue(tx, {
      event: 'Test Mail',
      to: [{ email: recipient }],
      data: { asker: asker.name, transport: transport?.kind ?? '', link: consoleLink(call.baseUrl) },
      reference,
    });
    if (status !== 'queued') throw refused(message, 'to');
  });
}

/**
 * Tries a service by sending something.
 * @throws ApiError 400 for a service that is not known, 422 for one that is not set up, 502 when it does not get through.
 */
export async function checkService(
  parts: Parts,
  call: Call,
  service: string,
): Promise<z.infer<(typeof checkEndpoint)['result']>> {
  const outcome = await trySending(parts, call, service);
  if (outcome.status === 'failed') throw new ApiError(502, outcome.message, { type: 'internal_server_error' });
  return { status: outcome.status === 'sent' ? 'success' : 'waiting', message: outcome.message };
}

async function trySending(parts: Parts, call: Call, service: string): Promise<Outcome> {
  switch (service) {
    case 'email': {
      const { problem } = await parts.mail.setup(parts.storage.db);
      if (problem !== null) throw notSetUp(service, problem);
      return sendTestEmail(parts, call, null);
    }
    case 'slack':
    case 'slack_budget_alerts':
      return sendTestCall(parts, call, service, 'slack');
    case 'webhook':
      return sendTestCall(parts, call, service, 'webhook');
    default:
      throw refused(`service '${service.slice(0, 60)}' cannot be tried here: name email, slack or webhook.`, 'service');
  }
}

async function sendTestCall(parts: Parts, call: Call, service: string, channel: 'slack' | 'webhook'): Promise<Outcome> {
  return sendAndWait(parts, call, channel, async (tx, reference) => {
    if (await parts.mail.enqueueTest(tx, channel, reference)) return;
    const name = channel === 'slack' ? 'SLACK_WEBHOOK_URL' : 'WEBHOOK_URL';
    throw notSetUp(service, `Set ${name}, and name it in general_settings.alerting if that is set.`);
  });
}

async function sendAndWait(
  parts: Parts,
  call: Call,
  recipient: string,
  enqueue: (tx: Transaction<Database>, reference: string) => Promise<void>,
): Promise<Outcome> {
  const reference = randomUUID();
  await parts.changes.change(call.context, async (tx) => {
    await enqueue(tx, reference);
    return {
      result: undefined,
      audit: { action: 'created', object: { type: 'settings', id: 'test-message' }, after: { recipient } },
    };
  });
  for (const deadline = Date.now() + waitMs; Date.now() < deadline; ) {
    const outcome = await outcomeOf(parts, reference, recipient);
    if (outcome !== null) return outcome;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  const message = 'It waits behind other messages. GET /email/outbox shows what becomes of it.';
  return { status: 'waiting', message, recipient };
}

async function outcomeOf(parts: Parts, reference: string, recipient: string): Promise<Outcome | null> {
  const row = await parts.storage.db
    .selectFrom('outgoing_messages')
    .select(['sent_at', 'last_error'])
    .where('reference', '=', reference)
    .executeTakeFirst();
  if (!row) return null;
  if (row.sent_at !== null)
    return { status: 'sent', message: `Sent to ${recipient}. Look whether it arrives.`, recipient };
  if (row.last_error === null) return null;
  await parts.storage.db.transaction().execute((tx) => parts.mail.withdraw(tx, [reference]));
  return { status: 'failed', message: `It could not be sent: ${row.last_error}`, recipient };
}

async function askerOf({ storage }: Parts, { principal }: Call): Promise<{ name: string; email: string | null }> {
  const user = await storage.db
    .selectFrom('users')
    .select(['user_alias', 'user_email'])
    .where('user_id', '=', principal.userId ?? '')
    .executeTakeFirst();
  return { name: user?.user_alias || user?.user_email || 'an admin', email: user?.user_email ?? null };
}

function notSetUp(service: string, why: string): ApiError {
  return new ApiError(422, `"${service}" not in proxy config: general_settings. Unable to test this. ${why}`);
}

function refused(message: string, param: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param });
}
