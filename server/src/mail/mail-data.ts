import type { MailEvent } from './mail-events.contract.ts';

/**
 * What each event's mail is about, by the event's name. Features add theirs beside their template with
 * `declare module '…/mail/mail-data.ts' { interface MailData { … } }`, so this folder knows no feature.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging.
export interface MailData {}

/** What the mail of an event is about. An event whose data nobody has declared cannot be sent. */
export type DataOf<Event extends MailEvent> = Event extends keyof MailData ? MailData[Event] : never;
