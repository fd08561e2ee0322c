import { getUiSettings } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { Field, TextInput } from '../../components/field.tsx';
import { Section } from '../../components/page.tsx';
import { FlagSetting } from './setting-fields.tsx';
import type { SettingsState } from './settings-draft.ts';
import type { SettingsForm } from './use-settings.ts';

/** Where people are after they log out, and whether the provider's session ends with theirs. */
export function LogOutSettings({ form }: { form: SettingsForm<SettingsState> }) {
  const settings = useQuery({
    queryKey: ['ui-settings'],
    queryFn: ({ signal }) => call(getUiSettings, undefined, { signal }),
  });
  return (
    <Section title="Log out">
      <div className="flex flex-col gap-4">
        <Field
          label="Address after logging out"
          hint={
            <>
              Set as <code>PROXY_LOGOUT_URL</code> where the gateway is started. Without it people see the sign-in page.
            </>
          }
        >
          <TextInput readOnly placeholder="Not set" value={settings.data?.PROXY_LOGOUT_URL ?? ''} />
        </Field>
        <FlagSetting
          form={form}
          name="end_provider_session"
          label="Log out at the provider too"
          hint="Uses the end_session_endpoint of the provider, where it has one."
        />
      </div>
    </Section>
  );
}
