import type { DataOf } from './mail-data.ts';
import type { MailEvent } from './mail-events.contract.ts';

/** A part of a mail. Both versions, HTML and plain text, are made from it; every text in it is escaped. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  /** The one thing to do. Its address is written out below it too. */
  | { readonly kind: 'button'; readonly label: string; readonly url: string }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [name: string, value: string])[] }
  /** Something to copy: a key. */
  | { readonly kind: 'code'; readonly text: string }
  /** How much of a budget is used. */
  | { readonly kind: 'meter'; readonly percent: number; readonly isOver: boolean }
  /** Small print. */
  | { readonly kind: 'note'; readonly text: string };

/** What a mail says. */
export interface EmailBody {
  /** What lists of mails show behind the subject. */
  readonly preview: string;
  readonly heading: string;
  readonly blocks: readonly Block[];
}

/** What an event is about (contract 7.2), besides the shares that members have. */
export type EventGroup =
  | 'key'
  | 'internal_user'
  | 'team'
  | 'team_member'
  | 'organization'
  | 'organization_member'
  | 'proxy';

/** What webhooks and Slack are told about an event, under LiteLLM's names (contract 7.2). Amounts in dollars. */
export interface Announcement {
  /** LiteLLM's name of the event in webhooks, such as `key_created`. */
  readonly event: string;
  readonly event_group: EventGroup;
  /** One sentence. */
  readonly event_message: string;
  /** LiteLLM's alert type, by which `alert_types` selects. */
  readonly alertType: string;
  readonly user_id?: string | null;
  readonly user_email?: string | null;
  readonly team_id?: string | null;
  readonly team_alias?: string | null;
  readonly organization_id?: string | null;
  readonly key_alias?: string | null;
  /** The hash of a key, never the key. */
  readonly token?: string | null;
  readonly spend?: number | null;
  readonly max_budget?: number | null;
  readonly soft_budget?: number | null;
}

/** How one event is told. Stands beside the feature that it belongs to, in a `*.email.ts`. */
export interface EmailTemplate<Event extends MailEvent> {
  readonly event: Event;
  /** Made-up data for previews. @param baseUrl of the gateway. */
  readonly sample: (baseUrl: string) => DataOf<Event>;
  readonly subject: (data: DataOf<Event>) => string;
  readonly body: (data: DataOf<Event>) => EmailBody;
  /** Null: a matter between the gateway and one person, that nobody else is told of. */
  readonly announcement: (data: DataOf<Event>) => Announcement | null;
}

/** The template of every event. A forgotten one does not compile. */
export type EmailTemplates = { readonly [Event in MailEvent]: EmailTemplate<Event> };
