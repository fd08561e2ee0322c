import type { getUiConfig } from '@latchkey/server/contract';
import type { ResultOf } from '../../api/call.ts';
import { buttonClass } from '../../components/button.tsx';

type Provider = ResultOf<typeof getUiConfig>['sso_providers'][number];

/** One button for each provider; the first is the page's primary action. */
export function ProviderButtons({
  providers,
  returnPath,
}: {
  providers: readonly Provider[];
  returnPath: string | undefined;
}) {
  return (
    <ul className="flex flex-col gap-2">
      {providers.map((provider, index) => (
        <li key={provider.name}>
          {/* A plain link: the gateway answers with a redirect to the provider. */}
          <a
            href={addressOf(provider, returnPath)}
            className={`${buttonClass(index === 0 ? 'primary' : 'secondary')} w-full`}
          >
            Continue with {provider.label}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Where a provider's button leads, and back to which page of the console. */
export function addressOf(provider: Provider, returnPath: string | undefined): string {
  return returnPath === undefined
    ? provider.login_url
    : `${provider.login_url}&return=${encodeURIComponent(returnPath)}`;
}
