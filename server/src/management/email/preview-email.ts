import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import type { MailEvent } from '../../mail/mail-events.contract.ts';
import type { Parts } from '../parts.ts';
import type { previewEmail as endpoint } from './email.contract.ts';

/** The mail of an event as it would be sent now, with made-up data. */
export async function previewEmail(
  { mail, storage }: Parts,
  call: Call,
  event: MailEvent,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const setup = await mail.setup(storage.db);
  const look = { ...setup.look, baseUrl: setup.look.baseUrl ?? call.baseUrl };
  return { event, ...mail.render(event, mail.sampleOf(event, call.baseUrl), { ...setup, look }) };
}
