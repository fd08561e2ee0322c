import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, jsonObject } from '../../http/fields.contract.ts';

const passkey = z.object({
  passkey_id: z.string(),
  name: z.string(),
  created_at: instant,
  last_used_at: z.nullable(instant),
});

/** What a browser answers when it has created a passkey (WebAuthn level 3, `RegistrationResponseJSON`). */
const createdPasskey = z.object({
  id: z.string(),
  rawId: z.string(),
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: z.string(),
    attestationObject: z.string(),
    transports: z.optional(z.array(z.string())),
  }),
  clientExtensionResults: z.object({}),
});

/** `GET /user/second_factors`: how the caller can prove who they are, besides the password. */
export const getSecondFactors = defineEndpoint({
  method: 'GET',
  path: '/user/second_factors',
  summary: 'The caller’s authenticator app, recovery codes and passkeys',
  permission: 'signed-in',
  result: z.object({
    /** False for accounts without a password: their identity provider asks for the second factor. */
    is_available: z.boolean(),
    totp_enabled: z.boolean(),
    recovery_codes_left: z.number(),
    passkeys: z.array(passkey),
  }),
});

/** `POST /user/totp/begin`: a new secret for an authenticator app; nothing is asked for it until it is confirmed. */
export const beginTotp = defineEndpoint({
  method: 'POST',
  path: '/user/totp/begin',
  summary: 'Begin to set up an authenticator app',
  permission: 'signed-in',
  body: z.object({ password: z.string() }),
  result: z.object({ secret: z.string(), otpauth_url: z.string() }),
});

/** `POST /user/totp/confirm`: from now on signing in needs a code. The recovery codes are in this answer only. */
export const confirmTotp = defineEndpoint({
  method: 'POST',
  path: '/user/totp/confirm',
  summary: 'Switch the authenticator app on with a first code; answers with the recovery codes, once',
  permission: 'signed-in',
  body: z.object({ code: z.string() }),
  result: z.object({ recovery_codes: z.array(z.string()) }),
});

/** `POST /user/totp/remove`. */
export const removeTotp = defineEndpoint({
  method: 'POST',
  path: '/user/totp/remove',
  summary: 'Switch the authenticator app off',
  permission: 'signed-in',
  body: z.object({ password: z.string() }),
  result: z.object({ totp_enabled: z.boolean() }),
});

/** `POST /user/recovery_codes/renew`: the older ones stop working. */
export const renewRecoveryCodes = defineEndpoint({
  method: 'POST',
  path: '/user/recovery_codes/renew',
  summary: 'New recovery codes in place of the old ones; they are in this answer only',
  permission: 'signed-in',
  body: z.object({ password: z.string() }),
  result: z.object({ recovery_codes: z.array(z.string()) }),
});

/** `POST /user/passkey/begin`: what a browser needs to create a passkey. */
export const beginPasskey = defineEndpoint({
  method: 'POST',
  path: '/user/passkey/begin',
  summary: 'Begin to add a passkey',
  permission: 'signed-in',
  body: z.object({ password: z.string() }),
  /** `options` go to the browser's `navigator.credentials.create`, in the JSON form of WebAuthn level 3. */
  result: z.object({ options: jsonObject }),
});

/** `POST /user/passkey/finish`. */
export const finishPasskey = defineEndpoint({
  method: 'POST',
  path: '/user/passkey/finish',
  summary: 'Add the passkey that the browser has created',
  permission: 'signed-in',
  body: z.object({ name: z.string().check(z.minLength(1), z.maxLength(100)), response: createdPasskey }),
  result: passkey,
});

/** `POST /user/passkey/remove`. */
export const removePasskey = defineEndpoint({
  method: 'POST',
  path: '/user/passkey/remove',
  summary: 'Remove a passkey',
  permission: 'signed-in',
  body: z.object({ passkey_id: z.string(), password: z.string() }),
  result: z.object({ passkey_id: z.string() }),
});

/** `POST /user/second_factors/reset`: for somebody who has lost their device and their recovery codes. */
export const resetSecondFactors = defineEndpoint({
  method: 'POST',
  path: '/user/second_factors/reset',
  summary: 'Remove the authenticator app, recovery codes and passkeys of a user',
  permission: 'user:reset-password',
  body: z.object({ user_id: z.string() }),
  result: z.object({ user_id: z.string(), removed_totp: z.boolean(), removed_passkeys: z.number() }),
});
