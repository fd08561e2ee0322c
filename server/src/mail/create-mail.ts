import { createHash, randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { Settings } from '../config/settings.ts';
import { consoleLink } from '../http/console-links.contract.ts';
import { publicBaseUrl } from '../http/public-base-url.ts';
import type { Database } from '../storage/database.ts';
import { slackText, webhookBody } from './announce.ts';
import type { Announcement, EmailTemplate, EmailTemplates } from './email-template.ts';
import { mailable } from './mail-address.ts';
import type { DataOf } from './mail-data.ts';
import type { MailEvent } from './mail-events.contract.ts';
import type { mailStatuses } from './mail-outcome.contract.ts';
import type { MailSettingName } from './mail-settings.contract.ts';
import { loadMailSetup, type MailSetup } from './mail-setup.ts';
import { type OutgoingContent, sealContent } from './outgoing-content.ts';
import './outgoing-messages.table.ts';
import { type RenderedEmail, renderEmail } from './render-email.ts';

/** Something that has happened and that people are to be told. */
export interface Message<Event extends MailEvent> {
  readonly event: Event;
  /** Who gets a mail; each gets their own, and none when there is nobody. Slack and webhooks are told in any case. */
  readonly to: readonly { readonly email: string | null }[];
  readonly data: DataOf<Event>;
  /** A name of what has happened, for what may be found more than once: it is told once, however often it is queued. */
  readonly once?: string;
  /** What it is about, so that `withdraw` can take it back: a hash, since the queue is no place for secrets. */
  readonly reference?: string;
}

/** What became of the mail to one person; `message` says it in a sentence, with what to do next. */
export interface MailOutcome {
  readonly status: (typeof mailStatuses)[number];
  readonly message: string;
}

/** Tells people and programs outside what has happened. */
export interface Mail {
  /**
   * Puts a message into the queue, within the write that causes it: it is sent when and only when that is committed,
   * by a job, so that no caller waits for a mail server or fails with it.
   * @returns what became of the first recipient's mail.
   */
  enqueue<Event extends MailEvent>(tx: Transaction<Database>, message: Message<Event>): Promise<MailOutcome>;
  /**
   * Puts a message to Slack or the webhook into the queue that says nothing but that it arrives.
   * @returns whether there is an address to send it to.
   */
  enqueueTest(tx: Transaction<Database>, channel: 'slack' | 'webhook', reference: string): Promise<boolean>;
  /** Takes back what has not been sent yet, such as a link that no longer works. */
  withdraw(tx: Transaction<Database>, references: readonly string[]): Promise<void>;
  /** What is set at this moment, for instance whether mail can be sent at all. */
  setup(db: Kysely<Database>): Promise<MailSetup>;
  /** The mail of an event as it would be sent now. */
  render<Event extends MailEvent>(event: Event, data: DataOf<Event>, setup: MailSetup): RenderedEmail;
  /** Made-up data for the mail of an event. */
  sampleOf<Event extends MailEvent>(event: Event, baseUrl: string): DataOf<Event>;
  /** Whether something was queued a moment ago, so that it is worth a look when a write is committed. */
  wasUsedJustNow(): boolean;
}

/** So often one person is told of the same event; whoever can cause mails must not be able to flood somebody. */
const mostPerPerson = 10;
const throttleWindowMs = 3_600_000;
const justNowMs = 10_000;

/** Creates the way to tell people something. */
export function createMail(options: {
  settings: Settings;
  templates: EmailTemplates;
  now: () => number;
  /** Told of what must not fail the write that it belongs to: a template, or settings that cannot be opened. */
  onFailure: (error: unknown) => void;
}): Mail {
  const { settings, templates, now } = options;
  let usedAt = 0;

  const setup = (db: Kysely<Database>) =>
    loadMailSetup(db, {
      mail: settings.mail,
      saltKey: settings.saltKey,
      baseUrl: publicBaseUrl(settings),
    });

  const templateOf = <Event extends MailEvent>(event: Event): EmailTemplate<Event> => templates[event];

  function render<Event extends MailEvent>(event: Event, data: DataOf<Event>, { values, look }: MailSetup) {
    const template = templateOf(event);
    const name = subjectSettings[event];
    const wanted = name === undefined ? null : (values[name] ?? null);
    return renderEmail(template.subject(data), template.body(data), look, wanted);
  }

  async function insert(
    tx: Transaction<Database>,
    row: { messageId: string; event: MailEvent; recipient: string; subject: string; reference: string },
    content: OutgoingContent,
  ): Promise<void> {
    usedAt = Date.now();
    await tx
      .insertInto('outgoing_messages')
      .values({
        message_id: row.messageId,
        channel: content.channel,
        event: row.event,
        recipient: row.recipient,
        subject: row.subject,
        sealed_content: sealContent(settings.saltKey, row.messageId, content),
        reference: row.reference,
        created_at: now(),
        due_at: now(),
        claimed_by: null,
        attempt_count: 0,
        last_error: null,
        sent_at: null,
        failed_at: null,
        withdrawn_at: null,
      })
      .onConflict((conflict) => conflict.column('message_id').doNothing())
      .execute();
  }

  async function enqueueEmail<Event extends MailEvent>(
    tx: Transaction<Database>,
    message: Message<Event>,
    email: string | null,
    found: MailSetup,
  ): Promise<MailOutcome> {
    const { event, data, once } = message;
    if (found.problem !== null) return { status: 'not_configured', message: `No mail was sent. ${found.problem}` };
    if (!found.isOn(event)) {
      return {
        status: 'switched_off',
        message: `No mail was sent: '${event}' is switched off in /email/event_settings.`,
      };
    }
    const recipient = mailable(email);
    if (recipient === null) {
      return {
        status: 'no_address',
        message:
          email === null
            ? 'No mail was sent: this person has no e-mail address.'
            : `No mail was sent: '${email}' is not an address that mail can be sent to.`,
      };
    }
    if (once === undefined && (await countLately(tx, event, recipient, now())) >= mostPerPerson) {
      return {
        status: 'throttled',
        message: `No mail was sent: ${recipient} was told of '${event}' ${mostPerPerson} times within the last hour. Try again later.`,
      };
    }
    const rendered = attempt(() => render(event, data, found));
    if (rendered === null)
      return { status: 'failed', message: 'No mail was sent; the log of the gateway holds the cause.' };
    const { subject } = rendered;
    const row = {
      messageId: idOf(once, 'email', recipient),
      event,
      recipient,
      subject,
      reference: message.reference ?? '',
    };
    await insert(tx, row, { channel: 'email', ...rendered });
    return { status: 'queued', message: `A mail to ${recipient} is on its way.` };
  }

  async function enqueueAnnouncement<Event extends MailEvent>(
    tx: Transaction<Database>,
    { event, data, once, reference = '' }: Message<Event>,
    found: MailSetup,
  ): Promise<void> {
    if (found.slackUrl === null && found.webhookUrl === null) return;
    const announcement = attempt(() => templateOf(event).announcement(data));
    if (announcement === null) return;
    const row = { event, recipient: '', subject: announcement.event_message, reference };
    const isWanted = settings.mail.alertTypes?.includes(announcement.alertType) ?? true;
    if (found.slackUrl !== null && isWanted) {
      const { baseUrl } = found.look;
      const text = slackText(announcement, baseUrl === null ? null : consoleLink(baseUrl));
      await insert(tx, { ...row, messageId: idOf(once, 'slack', '') }, { channel: 'slack', text });
    }
    if (found.webhookUrl !== null) {
      const content = { channel: 'webhook', body: webhookBody(announcement) } as const;
      await insert(tx, { ...row, messageId: idOf(once, 'webhook', '') }, content);
    }
  }

  /** What has happened has happened: that it cannot be put into words must not undo it. */
  function attempt<Result>(make: () => Result): Result | null {
    try {
      return make();
    } catch (error) {
      options.onFailure(error);
      return null;
    }
  }

  return {
    async enqueue(tx, message) {
      const found = await setup(tx);
      await enqueueAnnouncement(tx, message, found);
      const outcomes: MailOutcome[] = [];
      for (const { email } of message.to) outcomes.push(await enqueueEmail(tx, message, email, found));
      return outcomes[0] ?? { status: 'no_address', message: 'No mail was sent: there is nobody to send it to.' };
    },
    async enqueueTest(tx, channel, reference) {
      const found = await setup(tx);
      if ((channel === 'slack' ? found.slackUrl : found.webhookUrl) === null) return false;
      const row = { messageId: randomUUID(), event: 'Test Mail', recipient: '', subject: testText, reference } as const;
      const content: OutgoingContent =
        channel === 'slack' ? { channel, text: testText } : { channel, body: webhookBody(testAnnouncement) };
      await insert(tx, row, content);
      return true;
    },
    async withdraw(tx, references) {
      if (references.length === 0) return;
      await tx
        .updateTable('outgoing_messages')
        .set({ due_at: null, withdrawn_at: now(), sealed_content: null })
        .where('reference', 'in', references)
        .where('due_at', 'is not', null)
        .where('claimed_by', 'is', null)
        .execute();
    },
    setup,
    render,
    sampleOf: (event, baseUrl) => templateOf(event).sample(baseUrl),
    wasUsedJustNow: () => Date.now() - usedAt < justNowMs,
  };
}

const testText = 'This is a test: messages from Latchkey arrive.';
const testAnnouncement: Announcement = {
  event: 'test',
  event_group: 'proxy',
  event_message: testText,
  alertType: 'test',
};

/** Subjects that operators may choose (contract 7.2). */
const subjectSettings: Readonly<Partial<Record<MailEvent, MailSettingName>>> = {
  'New User Invitation': 'email_subject_invitation',
  'Virtual Key Created': 'email_subject_key_created',
  'Virtual Key Rotated': 'email_subject_key_rotated',
};

async function countLately(
  tx: Transaction<Database>,
  event: MailEvent,
  recipient: string,
  nowMs: number,
): Promise<number> {
  const { count } = await tx
    .selectFrom('outgoing_messages')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('recipient', '=', recipient)
    .where('event', '=', event)
    .where('created_at', '>', nowMs - throttleWindowMs)
    .executeTakeFirstOrThrow();
  return count;
}

/** A random UUID; for what is told once, the same one every time. */
function idOf(once: string | undefined, channel: OutgoingContent['channel'], recipient: string): string {
  if (once === undefined) return randomUUID();
  const hash = createHash('sha256')
    .update(JSON.stringify([once, channel, recipient]))
    .digest('hex');
  return hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}
