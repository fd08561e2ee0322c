import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Page, Section } from '../../components/page.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { ErrorState } from '../../components/states.tsx';
import { roleLabel, roleSentence } from '../../session/role-words.ts';
import { signOut } from '../../session/sign-out.ts';
import { useSession } from '../../session/use-session.ts';
import { type ThemeChoice, themeChoices, useTheme } from '../../theme/theme.ts';
import { AuthenticatorApp } from './authenticator-app.tsx';
import { ChangePassword } from './change-password.tsx';
import { Passkeys } from './passkeys.tsx';
import { PersonalDetails } from './personal-details.tsx';
import { secondFactorsQuery } from './second-factors-query.ts';
import { Sessions } from './sessions.tsx';

const themeWords: Readonly<Record<ThemeChoice, string>> = { system: 'System', light: 'Light', dark: 'Dark' };

/** `/ui/profile`: the person's own details, password, second factors, sessions, theme, and the way out. */
export function ProfilePage() {
  const session = useSession();
  const [theme, chooseTheme] = useTheme();
  const [leaving, setLeaving] = useState(false);
  return (
    <Page title="Profile" description={`${roleLabel(session.role)}. ${roleSentence(session.role)}`}>
      <div className="flex max-w-[560px] flex-col">
        {!session.is_master && (
          <Section title="Details">
            <PersonalDetails />
          </Section>
        )}
        <Section
          title="Password"
          {...(session.is_master ? {} : { description: 'Changing it signs you out everywhere else.' })}
        >
          {session.is_master ? (
            <p className="text-ink-2">
              You are signed in with the gateway’s master credentials. They are set by <code>UI_PASSWORD</code> or the
              master key, not here.
            </p>
          ) : (
            <ChangePassword />
          )}
        </Section>
        {!session.is_master && <SecondFactorSections />}
        {!session.is_master && (
          <Section title="Where you are signed in">
            <Sessions />
          </Section>
        )}
        <Section title="Theme">
          <RadioCards
            legend="Theme"
            legendHidden
            name="theme"
            layout="row"
            value={theme}
            onValueChange={(value) => chooseTheme(themeChoices.find((choice) => choice === value) ?? 'system')}
            options={themeChoices.map((choice) => ({ value: choice, label: themeWords[choice] }))}
            hint="Kept on this machine."
          />
        </Section>
        <Section title="Session">
          <Button
            busy={leaving}
            onClick={() => {
              setLeaving(true);
              void signOut();
            }}
          >
            Log out
          </Button>
        </Section>
      </div>
    </Page>
  );
}

/** What protects the account besides the password; nothing for accounts of an identity provider. */
function SecondFactorSections() {
  const factors = useQuery(secondFactorsQuery);
  if (factors.isPending) return null;
  if (factors.isError) {
    return (
      <Section title="Second factor">
        <ErrorState what="Your second factors" error={factors.error} onRetry={() => void factors.refetch()} />
      </Section>
    );
  }
  if (!factors.data.is_available) return null;
  return (
    <>
      <Section title="Second factor" description="A code from an app on your phone, in addition to the password.">
        <AuthenticatorApp factors={factors.data} />
      </Section>
      <Section title="Passkeys" description="Sign in with a finger, a face or a security key: no password, no code.">
        <Passkeys factors={factors.data} />
      </Section>
    </>
  );
}
