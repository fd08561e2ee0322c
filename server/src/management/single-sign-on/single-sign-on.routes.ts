import { type Call, implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { providerLogoutUrl } from './end-provider-session.ts';
import { finishSignOn } from './finish-sign-on.ts';
import { getReadiness } from './get-readiness.ts';
import { getSsoSettings } from './get-sso-settings.ts';
import { createProviderDirectory } from './open-provider.ts';
import { getSignOnPreview, startSignOnPreview } from './preview-sign-on.ts';
import { mayUsePassword, type SignInOffer, signInOffer } from './sign-in-offer.ts';
import { SignOnRefusal } from './sign-on-refusal.ts';
import * as contract from './single-sign-on.contract.ts';
import type { RefusalLog, SingleSignOnParts } from './single-sign-on-parts.ts';
import * as settingsContract from './sso-settings.contract.ts';
import { startSignOn } from './start-sign-on.ts';
import { updateSsoSettings } from './update-sso-settings.ts';

/** Signing in with providers, and what the rest of the control plane has to know of it. */
export interface SingleSignOn {
  readonly routes: readonly Route[];
  offer(call: Pick<Call, 'baseUrl'>): Promise<SignInOffer>;
  /** Whether somebody may sign in without a provider. */
  mayUsePassword(user: { readonly user_role: string }): Promise<boolean>;
  /** Where a browser that signs out goes to be signed out at its provider too; null: nowhere. */
  logoutUrl(call: Call): Promise<string | null>;
}

/** Opens single sign-on. @param logRefusal keeps why somebody was not signed in. */
export function openSingleSignOn(parts: Parts, logRefusal: (refusal: RefusalLog) => void): SingleSignOn {
  const own: SingleSignOnParts = { ...parts, directory: createProviderDirectory(parts.now), logRefusal };
  return {
    routes: [
      implement(contract.startSignOn, async (call, input) => {
        await answer(own, call, input.provider, async () => call.redirect(await startSignOn(own, call, input)));
      }),
      implement(contract.finishSignOn, async (call, query) => {
        await answer(own, call, undefined, async () => {
          const finished = await finishSignOn(own, call, query);
          if ('url' in finished) call.redirect(finished.url);
          else call.sendPage(finished.page);
        });
      }),
      implement(contract.openFallbackSignIn, async (call) => call.redirect(`${call.baseUrl}/ui/login?local=1`)),
      implement(contract.getSignOnReadiness, () => getReadiness(own)),
      implement(contract.startSignOnPreview, (call, input) => startSignOnPreview(own, call, input)),
      implement(contract.getSignOnPreview, (call, input) => getSignOnPreview(own, call, input)),
      implement(settingsContract.getSsoSettings, (call) => getSsoSettings(own, call)),
      implement(settingsContract.updateSsoSettings, (call, input) => updateSsoSettings(own, call, input)),
    ],
    offer: (call) => signInOffer(own, call),
    mayUsePassword: (user) => mayUsePassword(own, user),
    logoutUrl: (call) => providerLogoutUrl(own, call),
  };
}

/**
 * Serves a step that a browser takes by itself. When it is refused, a person sees the sign-in page with the reason
 * and a reference for the log; a program gets the contract's error.
 */
async function answer(
  parts: SingleSignOnParts,
  call: Call,
  provider: string | undefined,
  serve: () => Promise<void>,
): Promise<void> {
  try {
    await serve();
  } catch (error) {
    const refusal = error instanceof SignOnRefusal ? error : new SignOnRefusal('gateway_failed', error);
    parts.logRefusal({
      code: refusal.code,
      provider: provider ?? refusal.provider,
      reference: call.requestId,
      reason: reasonOf(refusal.cause),
      ...(refusal.code === 'gateway_failed' ? { err: refusal.cause } : {}),
    });
    if (!call.wantsPage) throw refusal;
    // Without a provider there is nothing to tell: the page is what was asked for.
    const query = new URLSearchParams(
      refusal.code === 'no_provider' ? {} : { sso_error: refusal.code, reference: call.requestId },
    );
    call.redirect(`${call.baseUrl}/ui/login${query.size > 0 ? `?${query}` : ''}`);
  }
}

/**
 * What an operator can mend by: the words of the error and of what caused it, which name the claim that did not fit, and
 * its codes. They hold nothing of a token or a person.
 */
function reasonOf(cause: unknown): string | null {
  if (!(cause instanceof Error)) return null;
  const codes = ['code', 'error'].map((name) => (cause as unknown as Record<string, unknown>)[name]);
  const texts = [cause.message, ...causesOf(cause), ...codes.filter((code) => typeof code === 'string')];
  return texts.map((text) => text.slice(0, 200)).join('; ');
}

/** What the errors behind an error say, the nearest first. */
function causesOf(error: Error): string[] {
  const { cause } = error;
  return cause instanceof Error ? [cause.message, ...causesOf(cause)].slice(0, 3) : [];
}
