import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Page, Section } from '../../components/page.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { roleLabel, roleSentence } from '../../session/role-words.ts';
import { signOut } from '../../session/sign-out.ts';
import { useSession } from '../../session/use-session.ts';
import { type ThemeChoice, themeChoices, useTheme } from '../../theme/theme.ts';
import { ChangePassword } from './change-password.tsx';
import { PersonalDetails } from './personal-details.tsx';

const themeWords: Readonly<Record<ThemeChoice, string>> = { system: 'System', light: 'Light', dark: 'Dark' };

/** `/ui/profile`: the person's own details, password, theme, and the way out. */
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
