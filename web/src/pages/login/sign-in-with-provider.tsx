import type { getUiConfig } from '@latchkey/server/contract';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { ResultOf } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { linkClass } from '../../components/link-class.ts';
import { addressOf, ProviderButtons } from './provider-buttons.tsx';

const route = getRouteApi('/login');

const noticeMs = 2_000;

/** The providers' buttons and the way to the form; leads on by itself where the gateway is set up so. */
export function SignInWithProvider({ config }: { config: ResultOf<typeof getUiConfig> }) {
  const search = route.useSearch();
  const [first] = config.sso_providers;
  const mayLeadOn =
    config.auto_redirect_to_sso && search.sso_error === undefined && search.signed_out !== 1 && first !== undefined;
  const [leadsOn, setLeadsOn] = useState(mayLeadOn);
  useEffect(() => {
    if (!leadsOn || first === undefined) return;
    const timer = setTimeout(() => location.assign(addressOf(first, search.return)), noticeMs);
    return () => clearTimeout(timer);
  }, [leadsOn, first, search.return]);
  if (leadsOn && first !== undefined) {
    return (
      <div className="flex flex-col items-start gap-4">
        <p role="status" className="text-ink-2">
          Taking you to {first.label} …
        </p>
        <Button onClick={() => setLeadsOn(false)}>Stay here</Button>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-6">
      {search.signed_out === 1 && (
        <p role="status" className="text-ink-2">
          You are signed out.
        </p>
      )}
      <ProviderButtons providers={config.sso_providers} returnPath={search.return} />
      <p className="text-meta">
        <Link to="/login" search={{ ...search, local: 1 }} className={linkClass}>
          {config.password_sign_in ? 'Use email and password' : 'Admins: use email and password'}
        </Link>
      </p>
    </div>
  );
}
