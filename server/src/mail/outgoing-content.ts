import { seal, unseal } from '../storage/seal.ts';
import type { RenderedEmail } from './render-email.ts';

/** What a webhook is called with (contract 7.2). */
export type WebhookBody = Readonly<Record<string, string | number | null>>;

/** What a message says, by its channel. */
export type OutgoingContent =
  | ({ readonly channel: 'email' } & RenderedEmail)
  /** `text` is in Slack's notation, escaped. */
  | { readonly channel: 'slack'; readonly text: string }
  | { readonly channel: 'webhook'; readonly body: WebhookBody };

/** Seals what a message says, bound to the message. */
export function sealContent(saltKey: string, messageId: string, content: OutgoingContent): string {
  return seal({ saltKey, purpose: 'outgoing messages', id: messageId }, content);
}

/** Opens what `sealContent` made. @throws Error when it was sealed with another key or for another message. */
export function openContent(saltKey: string, messageId: string, sealed: string): OutgoingContent {
  return unseal({ saltKey, purpose: 'outgoing messages', id: messageId }, sealed) as OutgoingContent;
}
