import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant } from '../../http/fields.contract.ts';

/** `POST /user/forgot_password`. The answer is the same whether the account exists or not. */
export const forgotPassword = defineEndpoint({
  method: 'POST',
  path: '/user/forgot_password',
  summary: 'Have a link to a new password mailed to oneself',
  permission: 'public',
  body: z.object({ user_email: z.string().check(z.minLength(1), z.maxLength(320)) }),
  result: z.object({ message: z.string() }),
});

/** `GET /user/reset_password/validate`, with the link's token as the bearer. Changes nothing. */
export const openPasswordReset = defineEndpoint({
  method: 'GET',
  path: '/user/reset_password/validate',
  summary: 'Whether a link to a new password works, and whose it is; changes nothing',
  permission: 'public',
  result: z.object({
    user_email: z.nullable(z.string()),
    expires_at: instant,
    password_policy: z.object({ min_length: z.number(), rules: z.array(z.string()) }),
  }),
});

/** `POST /user/reset_password`. Exactly one of any number of concurrent calls succeeds. Every session of the user ends. */
export const resetPassword = defineEndpoint({
  method: 'POST',
  path: '/user/reset_password',
  summary: 'Set a new password with the token of a link; ends every session',
  permission: 'public',
  body: z.object({ token: z.string(), new_password: z.string() }),
  result: z.object({ message: z.string(), login_url: z.string() }),
});

/** `POST /user/reset_link`: for somebody whom no mail reaches. */
export const createResetLink = defineEndpoint({
  method: 'POST',
  path: '/user/reset_link',
  summary: 'Make a link with which a user sets a new password, valid thirty minutes, and mail it on request',
  permission: 'user:reset-password',
  body: z.object({ user_id: z.string(), send_email: z.optional(z.boolean()) }),
  result: z.object({
    user_id: z.string(),
    reset_url: z.string(),
    expires_at: instant,
    email: z.object({ status: z.string(), message: z.string() }),
  }),
});
