import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback } from 'react';
import { buttonClass } from '../../components/button.tsx';
import { linkClass } from '../../components/link-class.ts';
import { Page, Section } from '../../components/page.tsx';
import { RecentRequests } from '../../requests/recent-requests.tsx';
import { useCan, useSession } from '../../session/use-session.ts';
import { SetupSnippets } from '../../setup/setup-snippets.tsx';
import { useSingleKey } from '../../shell/use-shortcuts.ts';
import { AdminChecklist } from './admin-checklist.tsx';
import { GetStarted } from './get-started.tsx';
import { MyLimits } from './my-limits.tsx';
import { Organization } from './organization.tsx';
import { SpendThisMonth } from './spend-this-month.tsx';
import { TopKeys } from './top-keys.tsx';

/** `/ui/`: what a person needs first: a key, its setup, what it cost, and what is left. */
export function OverviewPage() {
  const session = useSession();
  const navigate = useNavigate();
  const seesAll = useCan('usage:read') === 'all';
  const mayCreateKey = useCan('key:create') !== undefined;
  const mayInvite = useCan('invitation:create') !== undefined;
  const mayCall = useCan('model:call') !== undefined;
  const createKey = useCallback(() => void navigate({ to: '/keys', search: { create: true } }), [navigate]);
  useSingleKey('n', mayCreateKey ? createKey : undefined);

  return (
    <Page
      title="Overview"
      {...(session.demo_mode
        ? {
            description:
              'This gateway has only its built-in demo model. An admin adds real ones in its config file, under model_list.',
          }
        : {})}
      actions={
        <>
          {mayInvite && (
            <Link to="/users" search={{ invite: true }} className={buttonClass()}>
              Invite users
            </Link>
          )}
          {mayCreateKey && (
            <Link to="/keys" search={{ create: true }} className={buttonClass('primary')}>
              Create key
            </Link>
          )}
        </>
      }
    >
      {mayInvite ? <AdminChecklist /> : mayCall && <GetStarted />}
      <div className="grid grid-cols-1 gap-x-12 lg:grid-cols-[2fr_1fr]">
        <SpendThisMonth everybody={seesAll} />
        {seesAll ? <Organization /> : <MyLimits />}
      </div>
      {mayCall && (
        <Section
          title="Setup"
          description={
            <>
              Put a key into <code>GATEWAY_API_KEY</code> and use the client you already have.
            </>
          }
        >
          <div className="max-w-[820px]">
            <SetupSnippets secret={null} />
          </div>
        </Section>
      )}
      {!seesAll && <TopKeys />}
      <Section
        title={seesAll ? 'Newest requests of everybody' : 'Newest requests'}
        actions={
          <Link to="/usage" className={linkClass}>
            Usage
          </Link>
        }
      >
        <RecentRequests limit={8} showPerson={seesAll} />
      </Section>
    </Page>
  );
}
