import { getSsoSettings, updateSsoSettings } from '@latchkey/server/contract';
import type { ReactNode } from 'react';
import type { InputOf } from '../../api/call.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Section } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useCan } from '../../session/use-session.ts';
import { GroupMapping } from './group-mapping.tsx';
import { LogOutSettings } from './log-out-settings.tsx';
import { SaveBar } from './save-bar.tsx';
import { FlagSetting, SecretSetting, TextSetting } from './setting-fields.tsx';
import { type Changes, isOn, type SettingsState, textOf } from './settings-draft.ts';
import { TestSignIn } from './test-sign-in.tsx';
import { type SettingsForm, useSettings } from './use-settings.ts';
import { Warnings } from './warnings.tsx';

/** Single sign-on: the providers, who may come in, and which groups give which role. */
export function SignInSettings() {
  const mayChange = useCan('single-sign-on:update') !== undefined;
  const { form, query } = useSettings({
    name: 'sign-in',
    read: getSsoSettings,
    update: updateSsoSettings,
    // The fields below have the shapes of the contract; the gateway checks them once more.
    inputOf: (changes: Changes) => changes as InputOf<typeof updateSsoSettings>,
    mayChange,
  });
  if (form === null) {
    return query.isError ? (
      <ErrorState what="The sign-in settings" error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton className="h-24 w-full" />
    );
  }
  const { state } = form;
  return (
    <>
      <Warnings warnings={state.warnings} />
      <Section title="Callback address" ruled={false} description="Tell it to every provider as the redirect URI.">
        <p className="flex items-center gap-1">
          <code translate="no" className="min-w-0 [overflow-wrap:anywhere]">
            {state.callback_url}
          </code>
          <CopyButton value={state.callback_url} label="Copy callback address" size="icon" />
        </p>
      </Section>
      <Provider form={form} name="google" title="Google">
        <TextSetting form={form} name="google_client_id" label="Client id" />
        <SecretSetting form={form} name="google_client_secret" label="Client secret" />
      </Provider>
      <Provider form={form} name="microsoft" title="Microsoft Entra">
        <TextSetting form={form} name="microsoft_client_id" label="Application (client) id" />
        <SecretSetting form={form} name="microsoft_client_secret" label="Client secret" />
        <TextSetting form={form} name="microsoft_tenant" label="Directory (tenant) id" />
      </Provider>
      <Provider form={form} name="generic" title="Okta, Auth0, Keycloak or another OpenID Connect provider">
        <TextSetting form={form} name="generic_display_name" label="Name on the button" placeholder="Acme" />
        <TextSetting
          form={form}
          name="generic_discovery_url"
          label="Issuer"
          hint="Everything else is read from its discovery document."
          placeholder="https://acme.okta.com"
        />
        <TextSetting form={form} name="generic_client_id" label="Client id" />
        <SecretSetting form={form} name="generic_client_secret" label="Client secret" />
        <TextSetting form={form} name="generic_scope" label="Scopes" placeholder="openid email profile" />
        <FlagSetting
          form={form}
          name="generic_trust_email"
          label="Every address of this provider is verified"
          hint="Only for a provider that checks addresses and does not say so in email_verified."
        />
      </Provider>
      <Section title="Who may sign in">
        <div className="flex flex-col gap-4">
          <TextSetting
            form={form}
            name="allowed_email_domains"
            label="Allowed e-mail domains"
            hint="Separated by commas. Empty: every domain."
            placeholder="acme.com, acme.io"
            toValue={(text) => {
              const domains = text.split(/[\s,]+/).filter((domain) => domain !== '');
              return domains.length === 0 ? null : domains;
            }}
          />
          <FlagSetting
            form={form}
            name="allow_new_users"
            label="People without an invitation get an account by signing in"
            hint="With what new users get. Off: only people who were invited."
          />
          <FlagSetting
            form={form}
            name="enforce_sso"
            label="Everybody but admins has to sign in with a provider"
            hint="Admins keep the form for e-mail and password, so that they can mend what is wrong with a provider."
          />
          <FlagSetting
            form={form}
            name="auto_redirect_to_sso"
            label="Lead people on to the first provider"
            hint="After two seconds, with a button to stay."
          />
        </div>
      </Section>
      <GroupMapping form={form} />
      <LogOutSettings form={form} />
      <SaveBar form={form} />
    </>
  );
}

/** One provider: its fields, whether the sign-in page offers it, and a dry run. */
function Provider({
  form,
  name,
  title,
  children,
}: {
  form: SettingsForm<SettingsState>;
  name: 'google' | 'microsoft' | 'generic';
  title: string;
  children: ReactNode;
}) {
  const isSetUp = textOf(form.state, {}, `${name}_client_id`) !== '';
  return (
    <Section title={title}>
      <div className="flex flex-col gap-4">
        {children}
        <FlagSetting form={form} name={`${name}_enabled`} label="Offered on the sign-in page" />
        {form.mayChange && isSetUp && (
          <TestSignIn provider={name} isOffered={isOn(form.state, form.changes, `${name}_enabled`)} />
        )}
      </div>
    </Section>
  );
}
