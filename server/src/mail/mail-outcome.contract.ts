import * as z from 'zod/mini';

/** What became of a mail: queued to be sent, or why not. */
export const mailStatuses = [
  'queued',
  'not_requested',
  'not_configured',
  'switched_off',
  'no_address',
  'throttled',
  'failed',
] as const;

/** What became of a mail that a request was to send. */
export const mailOutcome = z.object({
  status: z.enum(mailStatuses),
  /** The same in a sentence, with what to do next. */
  message: z.string(),
});
