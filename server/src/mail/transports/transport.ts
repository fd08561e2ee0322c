import type { MailAddress } from '../mail-address.ts';

/** A mail to one person. */
export interface OutgoingEmail {
  /** The same for every attempt; receivers and services know a second one by it. */
  readonly messageId: string;
  readonly from: MailAddress;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** When it was caused, in epoch milliseconds: its date, however often it is tried. */
  readonly createdAt: number;
}

/** How an attempt has ended. Reasons are shown to admins: they hold no credential. */
export type Delivery =
  /** Whoever comes next in the chain has taken it over. */
  | { readonly kind: 'delivered' }
  /** This message will never be taken, by this recipient or in this form. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Not now; other messages may be taken. */
  | { readonly kind: 'postponed'; readonly reason: string }
  /** Nothing is taken at the moment: no server, no right to use it. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** A way to send mail. Whoever opens one closes it. */
export interface MailTransport {
  /** Sends one mail; never throws. Ends within a minute. */
  send(email: OutgoingEmail): Promise<Delivery>;
  close(): void;
}

/** Headers that keep other programs from answering. */
export const automaticHeaders = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } as const;

/** The `Message-ID` of a mail, which every attempt has in common. */
export function messageIdHeader({ messageId, from }: OutgoingEmail): string {
  return `<${messageId}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`;
}
