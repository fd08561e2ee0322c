import { getUiConfig } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { apiRoot, call } from '../../api/call.ts';
import { Mark } from '../../shell/mark.tsx';
import { GatewayPanel } from './gateway-panel.tsx';
import { SignInForm } from './sign-in-form.tsx';

/** `/ui/login`: e-mail address and password. */
export function LoginPage() {
  const config = useQuery({
    queryKey: ['ui-config'],
    queryFn: ({ signal }) => call(getUiConfig, undefined, { signal }),
    staleTime: 60_000,
  });
  useEffect(() => {
    document.title = 'Sign in · Latchkey';
  }, []);
  const disabled = config.data?.admin_ui_disabled === true;
  return (
    <div className="grid min-h-dvh grid-cols-1 min-[900px]:grid-cols-[420px_1fr]">
      <main className="flex flex-col px-6 py-8 min-[900px]:px-12">
        <p className="flex items-center gap-2.5">
          <Mark />
          <span className="font-strong text-control">Latchkey</span>
        </p>
        <div className="my-auto py-12">
          <h1 className="mb-6 text-page">Sign in</h1>
          {disabled ? (
            <p className="text-ink-2">The console is turned off by your administrator. The API works as usual.</p>
          ) : (
            <SignInForm firstRunHint={config.data?.hide_default_credentials_hint === false} />
          )}
        </div>
      </main>
      <GatewayPanel
        reachable={config.isSuccess ? true : config.isError ? false : undefined}
        address={config.data?.proxy_base_url ?? apiRoot}
      />
    </div>
  );
}
