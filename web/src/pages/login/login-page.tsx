import { getUiConfig } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { apiRoot, call, type ResultOf } from '../../api/call.ts';
import { Mark } from '../../shell/mark.tsx';
import { GatewayPanel } from './gateway-panel.tsx';
import { SignInForm } from './sign-in-form.tsx';
import { SignInWithProvider } from './sign-in-with-provider.tsx';
import { SignOnRefusal } from './sign-on-refusal.tsx';

const route = getRouteApi('/login');

/** `/ui/login`: with a provider where there are some, with e-mail address and password, or with a passkey. */
export function LoginPage() {
  const { sso_error: code, reference } = route.useSearch();
  const config = useQuery({
    queryKey: ['ui-config'],
    queryFn: ({ signal }) => call(getUiConfig, undefined, { signal }),
    staleTime: 60_000,
  });
  useEffect(() => {
    document.title = 'Sign in · Latchkey';
  }, []);
  return (
    <div className="grid min-h-dvh grid-cols-1 min-[900px]:grid-cols-[420px_1fr]">
      <main className="flex flex-col px-6 py-8 min-[900px]:px-12">
        <p className="flex items-center gap-2.5">
          <Mark />
          <span className="font-strong text-control">Latchkey</span>
        </p>
        <div className="my-auto py-12">
          <h1 className="mb-6 text-page">Sign in</h1>
          {code !== undefined && <SignOnRefusal code={code} reference={reference} />}
          {/* Until the gateway has said how, nothing: a form that goes away under the fingers helps nobody. */}
          {!config.isPending && <WaysIn config={config.data} />}
        </div>
      </main>
      <GatewayPanel
        reachable={config.isSuccess ? true : config.isError ? false : undefined}
        address={config.data?.proxy_base_url ?? apiRoot}
      />
    </div>
  );
}

function WaysIn({ config }: { config: ResultOf<typeof getUiConfig> | undefined }) {
  const { local } = route.useSearch();
  if (config?.admin_ui_disabled === true) {
    return <p className="text-ink-2">The console is turned off by your administrator. The API works as usual.</p>;
  }
  if (config !== undefined && config.sso_providers.length > 0 && local !== 1) {
    return <SignInWithProvider config={config} />;
  }
  return (
    <SignInForm
      firstRunHint={config?.hide_default_credentials_hint === false}
      hasProviders={config !== undefined && config.sso_providers.length > 0}
    />
  );
}
