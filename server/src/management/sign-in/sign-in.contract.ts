import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, jsonObject } from '../../http/fields.contract.ts';

/** `POST /v2/login`: user name (or e-mail address), password and, where there is one, second factor for a session cookie. */
export const signIn = defineEndpoint({
  method: 'POST',
  path: '/v2/login',
  summary: 'Sign in with e-mail address (or UI_USERNAME) and password',
  permission: 'public',
  body: z.object({ username: z.string(), password: z.string(), one_time_code: z.optional(z.string()) }),
  result: z.object({ redirect_url: z.string(), token: z.string() }),
});

/** `POST /login`: the same from an HTML form; answers 303 with the cookie. */
export const signInByForm = defineEndpoint({
  method: 'POST',
  path: '/login',
  summary: 'Sign in from an HTML form; answers with a redirect',
  permission: 'public',
  form: z.object({ username: z.string(), password: z.string(), one_time_code: z.optional(z.string()) }),
  result: z.undefined(),
});

/** `POST /passkey/begin`: what a browser needs to ask for a passkey (`navigator.credentials.get`). Changes nothing. */
export const beginPasskeySignIn = defineEndpoint({
  method: 'POST',
  path: '/passkey/begin',
  summary: 'Begin to sign in with a passkey',
  permission: 'public',
  result: z.object({ options: jsonObject }),
});

/** `POST /passkey/login`: the browser’s answer for a session cookie. */
export const signInWithPasskey = defineEndpoint({
  method: 'POST',
  path: '/passkey/login',
  summary: 'Sign in with a passkey',
  permission: 'public',
  body: z.object({
    /** WebAuthn level 3, `AuthenticationResponseJSON`. */
    response: z.object({
      id: z.string(),
      rawId: z.string(),
      type: z.literal('public-key'),
      response: z.object({
        clientDataJSON: z.string(),
        authenticatorData: z.string(),
        signature: z.string(),
        userHandle: z.optional(z.string()),
      }),
      clientExtensionResults: z.object({}),
    }),
  }),
  result: z.object({ redirect_url: z.string(), token: z.string() }),
});

/** `POST /session/logout`. */
export const signOut = defineEndpoint({
  method: 'POST',
  path: '/session/logout',
  summary: 'End this session',
  permission: 'signed-in',
  result: z.object({ message: z.string(), redirect_url: z.string() }),
});

/** `POST /user/password/change`. Other sessions of the user end. */
export const changePassword = defineEndpoint({
  method: 'POST',
  path: '/user/password/change',
  summary: 'Change one’s own password',
  permission: 'signed-in',
  body: z.object({ current_password: z.string(), new_password: z.string() }),
  result: z.object({ user_id: z.string(), message: z.string() }),
});

/** `GET /onboarding/get_token`: what an invitation is about. Changes nothing, so that link scanners spoil nothing. */
export const openInvitation = defineEndpoint({
  method: 'GET',
  path: '/onboarding/get_token',
  summary: 'The facts of an invitation and a short-lived token to accept it with; changes nothing',
  permission: 'public',
  errorShape: 'detail',
  query: z.object({ invite_link: z.string() }),
  result: z.object({
    login_url: z.string(),
    token: z.string(),
    user_email: z.nullable(z.string()),
    user_id: z.string(),
    /** The onboarding token itself, for clients that do not want to decode `token`. */
    onboarding_token: z.string(),
    user_role: z.string(),
    invited_by: z.string(),
    max_budget: z.nullable(z.number()),
    budget_duration: z.nullable(z.string()),
    teams: z.array(z.string()),
    expires_at: instant,
    password_policy: z.object({ min_length: z.number(), rules: z.array(z.string()) }),
  }),
});

/** `POST /onboarding/claim_token`: sets the password. Exactly one of any number of concurrent claims succeeds. */
export const acceptInvitation = defineEndpoint({
  method: 'POST',
  path: '/onboarding/claim_token',
  summary: 'Accept an invitation by setting a password',
  permission: 'public',
  errorShape: 'detail',
  body: z.object({
    invitation_link: z.string(),
    user_id: z.string(),
    password: z.string(),
    /** For an account that has a second factor and is invited again. */
    one_time_code: z.optional(z.string()),
  }),
  result: z.object({
    login_url: z.string(),
    token: z.string(),
    user_email: z.nullable(z.string()),
    user: z.object({ user_id: z.string(), user_email: z.nullable(z.string()), user_role: z.string() }),
  }),
});
