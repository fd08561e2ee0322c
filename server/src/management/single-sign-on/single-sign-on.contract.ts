import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, jsonObject, strings } from '../../http/fields.contract.ts';

/**
 * Why a sign-in through a provider ended without one. Browsers are sent to the console's sign-in page with
 * `?sso_error=<code>&reference=<id>`; programs get the status with the words. The log of the gateway holds the cause under the reference.
 */
export const signOnRefusals = {
  no_provider: [
    404,
    'No sign-in provider is set up here. Sign in with your password, or ask an admin to set one up under Settings.',
  ],
  unknown_provider: [404, 'There is no such sign-in provider here. Choose one of those on the sign-in page.'],
  provider_unreachable: [
    503,
    'The sign-in provider does not answer. Try again in a minute. Admins can sign in with a password at /fallback/login meanwhile.',
  ],
  provider_refused: [
    401,
    'The sign-in provider did not confirm who you are. Start again; if it stays so, ask an admin.',
  ],
  attempt_unknown: [
    400,
    'This sign-in is over: it took longer than ten minutes, was finished already, or was begun in another browser. Start again.',
  ],
  too_many_attempts: [
    429,
    'Too many sign-ins were begun from your network and not finished. Wait ten minutes, then start again.',
  ],
  answer_invalid: [
    401,
    'The answer of the sign-in provider could not be trusted, so nobody was signed in. Start again; if it stays so, an admin should look at the log of the gateway.',
  ],
  email_domain_not_allowed: [
    401,
    'People with your e-mail address may not sign in here. Use the address of your organisation, or ask an admin.',
  ],
  email_not_verified: [
    401,
    'The sign-in provider has not verified your e-mail address. Verify it there, then sign in again.',
  ],
  email_not_confirmed: [
    403,
    'An account here has your e-mail address, which its holder has entered and no admin has confirmed. Ask an admin to give the address to the right account.',
  ],
  not_invited: [
    403,
    'You have no account here. Ask an admin for an invitation, then sign in with the address it was sent to.',
  ],
  account_disabled: [401, 'Your account is disabled. Ask an admin to enable it.'],
  account_reserved: [
    403,
    'This address belongs to the account of the master key. Sign in with its password at /fallback/login.',
  ],
  group_required: [403, 'You are not in the group that may use this console. Ask an admin to be added to it.'],
  admins_only: [401, 'Only admins may use this console. Call the API with a key, or ask an admin.'],
  not_set_up: [
    500,
    'Your account could not be set up, so nothing was changed. An admin should look at the log of the gateway.',
  ],
  gateway_failed: [
    500,
    'The gateway failed while you signed in, so nobody was signed in. Try again in a minute; if it stays so, an admin should look at the log of the gateway.',
  ],
} as const satisfies Record<string, readonly [status: number, words: string]>;

/** A reason why somebody was not signed in. */
export type SignOnRefusalCode = keyof typeof signOnRefusals;

/** A button of the sign-in page. */
export const signInProvider = z.object({
  /** `google`, `microsoft` or `generic`. */
  name: z.string(),
  /** What stands after "Continue with". */
  label: z.string(),
  /** Where the button leads; takes `?return=/path` of the console. */
  login_url: z.string(),
});

/** `GET /sso/key/generate`: sends the browser to a provider. */
export const startSignOn = defineEndpoint({
  method: 'GET',
  path: '/sso/key/generate',
  summary: 'Begin to sign in with a provider; answers with a redirect to it',
  permission: 'public',
  query: z.object({
    /** Which provider; the first that is set up unless given. */
    provider: z.optional(z.string()),
    /** The console's page to open afterwards, such as `/keys`. Anything else is ignored. */
    return: z.optional(z.string()),
  }),
  result: z.undefined(),
});

/** `GET /sso/callback`: where the provider sends the browser back to. */
export const finishSignOn = defineEndpoint({
  method: 'GET',
  path: '/sso/callback',
  summary: 'Finish signing in with a provider; answers with a redirect to the console',
  permission: 'public',
  // Providers add parameters of their own; what matters is checked one by one.
  query: z.record(z.string(), z.unknown()),
  result: z.undefined(),
});

/** `GET /fallback/login`: the sign-in page with its form, whatever is set about single sign-on. */
export const openFallbackSignIn = defineEndpoint({
  method: 'GET',
  path: '/fallback/login',
  summary: 'The form for user name and password, also when people sign in with a provider',
  permission: 'public',
  result: z.undefined(),
});

/** `GET /sso/readiness`. 503 with the same body while something is missing or a provider does not answer. */
export const getSignOnReadiness = defineEndpoint({
  method: 'GET',
  path: '/sso/readiness',
  summary: 'Whether people can sign in with the providers that are set up',
  permission: 'public',
  errorShape: 'detail',
  result: z.object({
    status: z.enum(['healthy', 'unhealthy']),
    sso_configured: z.boolean(),
    message: z.string(),
    providers: z.array(
      z.object({
        name: z.string(),
        ready: z.boolean(),
        /** Environment variables (or settings of the same meaning) without which the provider is not offered. */
        missing_environment_variables: strings,
      }),
    ),
  }),
});

/** `POST /sso/preview`: begins a dry run. The browser that sent this opens the address, signs in, and sees the outcome. */
export const startSignOnPreview = defineEndpoint({
  method: 'POST',
  path: '/sso/preview',
  summary: 'Try a provider without signing in, also before it is switched on',
  permission: 'single-sign-on:update',
  errorShape: 'detail',
  body: z.object({ provider: z.string() }),
  result: z.object({ preview_id: z.string(), authorization_url: z.string(), expires_at: instant }),
});

const previewOutcome = z.object({
  /** What the provider has said about the person. */
  claims: jsonObject,
  /** Why the person would not be signed in; null when they would. */
  refusal: z.nullable(z.object({ code: z.string(), message: z.string() })),
  /** Whom they would be signed in as; null when they would not. */
  user: z.nullable(
    z.object({
      user_id: z.string(),
      user_email: z.nullable(z.string()),
      user_role: z.string(),
      /** True when the account would be made by signing in. */
      is_new: z.boolean(),
      teams: z.array(z.object({ team_id: z.string(), team_alias: z.nullable(z.string()) })),
    }),
  ),
  /** What would be written, as the audit log would show it. */
  changes: z.array(z.object({ action: z.string(), object_type: z.string(), object_id: z.string() })),
});

/** What a dry run has shown. */
export type PreviewOutcome = z.infer<typeof previewOutcome>;

/** `GET /sso/preview/{preview_id}`: what the dry run of the same admin has shown; kept for ten minutes. */
export const getSignOnPreview = defineEndpoint({
  method: 'GET',
  path: '/sso/preview/{preview_id}',
  summary: 'The claims that a dry run has received, and what they would lead to',
  permission: 'single-sign-on:update',
  errorShape: 'detail',
  query: z.object({ preview_id: z.string() }),
  result: z.object({
    status: z.enum(['pending', 'ready']),
    provider: z.string(),
    expires_at: instant,
    /** Null while the sign-in is pending. */
    outcome: z.nullable(previewOutcome),
  }),
});
