import type { Permission } from '@latchkey/server/contract';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Page } from '../../components/page.tsx';
import { ForbiddenState } from '../../components/states.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { useSession } from '../../session/use-session.ts';
import { EmailSettings } from './email-settings.tsx';
import { NewUserSettings } from './new-user-settings.tsx';
import { SignInSettings } from './sign-in-settings.tsx';

const route = getRouteApi('/console/settings/{-$section}');

const sections: readonly { id: string; label: string; permission: Permission; content: ReactNode }[] = [
  { id: 'sign-in', label: 'Sign-in', permission: 'single-sign-on:read', content: <SignInSettings /> },
  { id: 'email', label: 'E-mail', permission: 'email:read', content: <EmailSettings /> },
  { id: 'new-users', label: 'New users', permission: 'user-defaults:read', content: <NewUserSettings /> },
];

/** `/ui/settings/…`: how people sign in, how mail is sent, what new users get. */
export function SettingsPage() {
  const { section } = route.useParams();
  const navigate = useNavigate();
  const { capabilities } = useSession();
  const tabs = sections.filter(({ permission }) => capabilities[permission] !== undefined);
  if (tabs.length === 0) return <ForbiddenState what="settings" />;
  return (
    <Page title="Settings">
      <div className="max-w-[720px]">
        <Tabs
          label="Settings"
          tabs={tabs}
          value={tabs.some(({ id }) => id === section) ? (section ?? '') : (tabs[0]?.id ?? '')}
          onValueChange={(id) => void navigate({ to: '/settings/{-$section}', params: { section: id } })}
        />
      </div>
    </Page>
  );
}
