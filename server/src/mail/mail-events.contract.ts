/**
 * What people are told about. The first five are LiteLLM's names (contract 7.2); those that can be switched are told
 * by `GET /email/event_settings`.
 */
export const switchableMailEvents = [
  'New User Invitation',
  'Virtual Key Created',
  'Virtual Key Rotated',
  'Soft Budget Crossed',
  'Max Budget Alert',
  'Max Budget Reached',
  'Virtual Key Expiring',
] as const;

/** Mails that somebody is waiting for; nobody switches them off. */
export const requestedMailEvents = ['Password Reset', 'Test Mail'] as const;

/** Every event. */
export const mailEvents = [...switchableMailEvents, ...requestedMailEvents] as const;

/** An event that can be switched on and off. */
export type SwitchableMailEvent = (typeof switchableMailEvents)[number];

/** An event. */
export type MailEvent = (typeof mailEvents)[number];
