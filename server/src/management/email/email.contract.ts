import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, maybe, numberInQuery, strings } from '../../http/fields.contract.ts';
import { mailEvents, switchableMailEvents } from '../../mail/mail-events.contract.ts';
import { mailTransports } from '../../mail/mail-settings.contract.ts';

const eventSettings = z.object({
  settings: z.array(z.object({ event: z.enum(switchableMailEvents), enabled: z.boolean() })),
});

/** `GET /email/event_settings` (contract A.6): every event that can be switched. */
export const getEmailEventSettings = defineEndpoint({
  method: 'GET',
  path: '/email/event_settings',
  summary: 'Which events people get mail about',
  permission: 'email:read',
  result: eventSettings,
});

/** `PATCH /email/event_settings`: events that are not named stay as they are. */
export const updateEmailEventSettings = defineEndpoint({
  method: 'PATCH',
  path: '/email/event_settings',
  summary: 'Switch mails about events on and off',
  permission: 'email:update',
  body: eventSettings,
  result: z.object({ message: z.string(), settings: eventSettings.shape.settings }),
});

/** `POST /email/event_settings/reset`: every event is on again. */
export const resetEmailEventSettings = defineEndpoint({
  method: 'POST',
  path: '/email/event_settings/reset',
  summary: 'Switch mails about all events on',
  permission: 'email:update',
  result: z.object({ message: z.string(), settings: eventSettings.shape.settings }),
});

const text = maybe(z.string().check(z.maxLength(2_000)));

/** Every setting, as it is sent. Null and "" take back what was set here. */
const settingsFields = {
  email_transport: maybe(z.enum([...mailTransports, ''])),
  smtp_host: text,
  smtp_port: maybe(z.int().check(z.minimum(1), z.maximum(65_535))),
  smtp_tls: maybe(z.boolean()),
  smtp_username: text,
  smtp_password: text,
  smtp_sender_email: text,
  resend_api_key: text,
  resend_sender_email: text,
  sendgrid_api_key: text,
  sendgrid_sender_email: text,
  email_logo_url: text,
  email_support_contact: text,
  email_signature: maybe(z.string().check(z.maxLength(10_000))),
  email_subject_invitation: text,
  email_subject_key_created: text,
  email_subject_key_rotated: text,
  slack_webhook_url: text,
  webhook_url: text,
  webhook_secret: text,
};

const settingsState = {
  /** By name what is in force; `********` for a secret that is set. */
  values: z.record(z.string(), z.nullable(z.union([z.string(), z.number(), z.boolean()]))),
  provenance: z.record(z.string(), z.enum(['database', 'environment', 'default'])),
  can_send: z.boolean(),
  /** Why no mail can be sent, and what to do; null when it can. */
  problem: z.nullable(z.string()),
  /** What is dangerous or unfinished, in words. */
  warnings: strings,
};

/** `GET /get/email_settings`. Secrets are never shown. */
export const getEmailSettings = defineEndpoint({
  method: 'GET',
  path: '/get/email_settings',
  summary: 'How mail, Slack and webhooks are set up, and where each value comes from',
  permission: 'email:read',
  errorShape: 'detail',
  result: z.object({
    ...settingsState,
    field_schema: z.object({
      description: z.string(),
      properties: z.record(z.string(), z.object({ description: z.string(), type: z.string() })),
    }),
  }),
});

/** `PATCH /update/email_settings`: absent fields stay; null and "" take back what was set here. */
export const updateEmailSettings = defineEndpoint({
  method: 'PATCH',
  path: '/update/email_settings',
  summary: 'Set how mail, Slack and webhooks are sent',
  permission: 'email:update',
  errorShape: 'detail',
  body: z.object(settingsFields),
  result: z.object({ message: z.string(), status: z.string(), ...settingsState }),
});

/** What became of a message that was sent to try the way. */
export const testOutcome = z.object({
  status: z.enum(['sent', 'failed', 'waiting']),
  message: z.string(),
  recipient: z.string(),
});

/** `POST /email/test`: sends a mail and waits some seconds for what becomes of it. Without `to`, to the caller. */
export const sendTestEmail = defineEndpoint({
  method: 'POST',
  path: '/email/test',
  summary: 'Send a mail to try whether mail arrives',
  permission: 'email:update',
  errorShape: 'detail',
  body: z.object({ to: maybe(z.string()) }),
  result: testOutcome,
});

/** `GET /health/services`: sends a message to try a service. Answers with an error when it does not get through. */
export const checkService = defineEndpoint({
  method: 'GET',
  path: '/health/services',
  summary: 'Try mail, Slack or the webhook by sending something',
  permission: 'email:update',
  errorShape: 'detail',
  query: z.object({ service: z.string() }),
  result: z.object({ status: z.string(), message: z.string() }),
});

/** `GET /email/preview/{event}`: the mail of an event with made-up data. Show the HTML in a frame without rights. */
export const previewEmail = defineEndpoint({
  method: 'GET',
  path: '/email/preview/{event}',
  summary: 'What the mail of an event looks like',
  permission: 'email:read',
  errorShape: 'detail',
  query: z.object({ event: z.enum(mailEvents) }),
  result: z.object({ event: z.string(), subject: z.string(), html: z.string(), text: z.string() }),
});

/** `GET /email/outbox`: what was queued, the newest first: what became of it, and why not. */
export const listOutbox = defineEndpoint({
  method: 'GET',
  path: '/email/outbox',
  summary: 'Messages that were sent, wait or have failed',
  permission: 'email:read',
  errorShape: 'detail',
  query: z.object({
    status: z.optional(z.enum(['waiting', 'sent', 'failed', 'withdrawn'])),
    channel: z.optional(z.enum(['email', 'slack', 'webhook'])),
    limit: z.optional(numberInQuery),
    /** `next` of the page before. */
    before: z.optional(z.string()),
  }),
  result: z.object({
    messages: z.array(
      z.object({
        message_id: z.string(),
        channel: z.string(),
        event: z.string(),
        /** Empty for Slack and webhooks. */
        recipient: z.string(),
        subject: z.string(),
        status: z.enum(['waiting', 'sent', 'failed', 'withdrawn']),
        attempts: z.number(),
        /** Why the last attempt failed. */
        last_error: z.nullable(z.string()),
        created_at: instant,
        ended_at: z.nullable(instant),
        next_attempt_at: z.nullable(instant),
      }),
    ),
    next: z.nullable(z.string()),
  }),
});
