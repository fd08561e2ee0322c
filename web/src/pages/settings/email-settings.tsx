import { getEmailSettings, updateEmailSettings } from '@latchkey/server/contract';
import type { InputOf } from '../../api/call.ts';
import { Section } from '../../components/page.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { useCan } from '../../session/use-session.ts';
import { EmailEvents } from './email-events.tsx';
import { Outbox } from './outbox.tsx';
import { SaveBar } from './save-bar.tsx';
import { SendTest } from './send-test.tsx';
import { FlagSetting, SecretSetting, TextSetting } from './setting-fields.tsx';
import { type Changes, type SettingsState, textOf } from './settings-draft.ts';
import { type SettingsForm, useSettings } from './use-settings.ts';
import { Warnings } from './warnings.tsx';

/** Mail, Slack and webhooks: how they are sent, about what, what they look like, and what became of them. */
export function EmailSettings() {
  const mayChange = useCan('email:update') !== undefined;
  const { form, query } = useSettings({
    name: 'email',
    read: getEmailSettings,
    update: updateEmailSettings,
    inputOf,
    mayChange,
  });
  if (form === null) {
    return query.isError ? (
      <ErrorState what="The e-mail settings" error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton className="h-24 w-full" />
    );
  }
  const { state } = form;
  return (
    <>
      <p className="mb-4">
        {state.can_send ? (
          <Status>Mail can be sent</Status>
        ) : (
          <span className="flex flex-col gap-1">
            <Status tone="quiet">No mail is sent</Status>
            <span className="max-w-[72ch] text-ink-2">{state.problem}</span>
          </span>
        )}
      </p>
      <Warnings warnings={state.warnings} />
      <Transport form={form} />
      {mayChange && (
        <Section title="Try it">
          <SendTest canSend={state.can_send} />
        </Section>
      )}
      <EmailEvents mayChange={mayChange} />
      <Section title="Look" description="In every mail.">
        <div className="flex flex-col gap-4">
          <TextSetting form={form} name="email_logo_url" label="Address of the logo" placeholder="https://" />
          <TextSetting form={form} name="email_support_contact" label="Whom to ask for help" />
          <TextSetting form={form} name="email_signature" label="Last line" />
        </div>
      </Section>
      <Section
        title="Slack and webhooks"
        description="Told of the same events, except for what is between you and one person."
      >
        <div className="flex flex-col gap-4">
          <SecretSetting form={form} name="slack_webhook_url" label="Slack’s incoming webhook" />
          <SecretSetting form={form} name="webhook_url" label="Address of your webhook" />
          <SecretSetting
            form={form}
            name="webhook_secret"
            label="Secret of your webhook"
            hint="Signs every call, so that your program can tell that it is from this gateway."
          />
        </div>
      </Section>
      <Outbox />
      <SaveBar form={form} />
    </>
  );
}

const transports = [
  { value: 'smtp', label: 'SMTP', hint: 'Any mail server.' },
  { value: 'resend', label: 'Resend', hint: 'By its API.' },
  { value: 'sendgrid', label: 'SendGrid', hint: 'By its API.' },
];

function Transport({ form }: { form: SettingsForm<SettingsState> }) {
  const chosen = textOf(form.state, form.changes, 'email_transport') || 'smtp';
  return (
    <Section title="How mail is sent">
      <div className="flex flex-col gap-4">
        <RadioCards
          legend="How mail is sent"
          legendHidden
          name="email_transport"
          options={transports.map((transport) => ({ ...transport, disabled: !form.mayChange }))}
          value={chosen}
          onValueChange={(value) => form.set('email_transport', value)}
        />
        {chosen === 'smtp' && (
          <>
            <div className="grid gap-4 sm:grid-cols-[1fr_8rem]">
              <TextSetting form={form} name="smtp_host" label="Server" placeholder="mail.acme.com" />
              <TextSetting form={form} name="smtp_port" label="Port" placeholder="587" />
            </div>
            <FlagSetting
              form={form}
              name="smtp_tls"
              whenNotSet
              label="Encrypted with STARTTLS"
              hint="Off only for a server on the same machine."
            />
            <TextSetting
              form={form}
              name="smtp_username"
              label="User name"
              hint="Empty for a server without a login."
            />
            <SecretSetting form={form} name="smtp_password" label="Password" />
            <TextSetting form={form} name="smtp_sender_email" label="From" placeholder="Acme AI <ai@acme.com>" />
          </>
        )}
        {chosen === 'resend' && (
          <>
            <SecretSetting form={form} name="resend_api_key" label="API key" />
            <TextSetting form={form} name="resend_sender_email" label="From" placeholder="Acme AI <ai@acme.com>" />
          </>
        )}
        {chosen === 'sendgrid' && (
          <>
            <SecretSetting form={form} name="sendgrid_api_key" label="API key" />
            <TextSetting form={form} name="sendgrid_sender_email" label="From" placeholder="Acme AI <ai@acme.com>" />
          </>
        )}
      </div>
    </Section>
  );
}

/** A port is a number; everything else has the shape in which the fields hold it. */
function inputOf(changes: Changes): InputOf<typeof updateEmailSettings> {
  const port = changes['smtp_port'];
  const isPort = typeof port === 'string' && /^\d+$/.test(port);
  return isPort ? { ...changes, smtp_port: Number(port) } : changes;
}
