import { testPassword } from '../make-person.ts';
import { invitationOf } from './build-world.ts';
import { adminsOnly, type Cell, type EndpointRights, everybody, type Row, thoseWhoSeeAll } from './endpoint-rights.ts';
import { idOf } from './people.ts';

const ownSessions: Row = [
  'ok',
  { ok: ['own'], else: 403 },
  { ok: ['own'], else: 403 },
  { ok: ['own'], else: 403 },
  401,
];

/** Nobody removes those of others, not even an admin. */
const ownPasskeys: Row = [
  { ok: ['own'], else: 404 },
  { ok: ['own'], else: 404 },
  { ok: ['own'], else: 404 },
  { ok: ['own'], else: 404 },
  404,
];

/** Who sends this proves nothing about themselves, whatever credential comes with it. */
const refusedToEverybody = (status: number): Row => [status, status, status, status, status];

const newPassword = 'Another-Horse-43!';

/** About the account of the person who is signed in. */
const onOwnAccount = (
  endpoint: string,
  input: Record<string, unknown> = {},
  outcome: Exclude<Cell, object> = 'ok',
): EndpointRights => ({
  endpoint,
  on: 'nothing',
  rights: [outcome, outcome, outcome, outcome, outcome],
  only: { kind: 'session', otherwise: 403 },
  refusalWrites: ['sign_in_failures'],
  input: () => input,
});

const open = (endpoint: string, rights: Row, input: Record<string, unknown> = {}): EndpointRights => ({
  endpoint,
  on: 'nothing',
  rights,
  isPublic: true,
  refusalWrites: ['sign_in_failures'],
  input: () => input,
});

const credentials = { username: 'nobody@example.com', password: 'wrong' };

/** What a browser would send, with nothing behind it. */
const forgedPasskey = { id: 'AAAA', rawId: 'AAAA', type: 'public-key', clientExtensionResults: {} };

/** Contract 1.5, 2.2, 2.3 and 6: invitations that are opened, sign-in, sessions, passwords and second factors. */
export const signInRights: readonly EndpointRights[] = [
  {
    endpoint: 'GET /onboarding/get_token',
    on: 'nothing',
    rights: everybody,
    isPublic: true,
    idIsCredential: true,
    input: (_, world) => ({ invite_link: invitationOf(world) }),
  },
  {
    // The token that comes with opening the invitation is what counts; nobody here sends it.
    ...open('POST /onboarding/claim_token', refusedToEverybody(401)),
    input: (_, world) => ({ invitation_link: invitationOf(world), user_id: idOf('sam'), password: newPassword }),
  },
  open('POST /v2/login', refusedToEverybody(401), credentials),
  open('POST /login', refusedToEverybody(401), credentials),
  open('POST /passkey/begin', everybody),
  open('POST /passkey/login', refusedToEverybody(401), {
    response: { ...forgedPasskey, response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' } },
  }),
  // No mail can be sent here.
  open('POST /user/forgot_password', refusedToEverybody(400), { user_email: 'nobody@example.com' }),
  open('GET /user/reset_password/validate', refusedToEverybody(401)),
  open('POST /user/reset_password', refusedToEverybody(401), { token: 'no-such-token', new_password: newPassword }),
  open('GET /fallback/login', everybody),
  // No provider is set up here.
  open('GET /sso/key/generate', refusedToEverybody(404)),
  open('GET /sso/callback', refusedToEverybody(400), { state: 'no-such-state', code: 'no-such-code' }),
  open('GET /sso/readiness', everybody),
  {
    endpoint: 'POST /sso/preview',
    on: 'nothing',
    rights: [400, 403, 401, 401, 401],
    input: () => ({ provider: 'google' }),
  },
  {
    endpoint: 'GET /sso/preview/{preview_id}',
    on: 'nothing',
    rights: [404, 403, 401, 401, 401],
    input: () => ({ preview_id: 'no-such-preview' }),
  },
  { endpoint: 'GET /get/sso_settings', on: 'nothing', rights: thoseWhoSeeAll, input: () => ({}) },
  {
    endpoint: 'PATCH /update/sso_settings',
    on: 'nothing',
    rights: adminsOnly,
    input: () => ({ allowed_email_domains: ['example.com'] }),
  },
  onOwnAccount('POST /session/logout'),
  onOwnAccount('GET /ui/session'),
  onOwnAccount('POST /user/password/change', { current_password: testPassword, new_password: newPassword }),
  onOwnAccount('GET /user/second_factors'),
  onOwnAccount('POST /user/totp/begin', { password: testPassword }),
  // Nobody has begun.
  onOwnAccount('POST /user/totp/confirm', { code: '000000' }, 400),
  onOwnAccount('POST /user/totp/remove', { password: testPassword }),
  onOwnAccount('POST /user/recovery_codes/renew', { password: testPassword }, 400),
  onOwnAccount('POST /user/passkey/begin', { password: testPassword }),
  onOwnAccount(
    'POST /user/passkey/finish',
    {
      name: 'forged',
      response: { ...forgedPasskey, response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' } },
    },
    400,
  ),
  {
    ...onOwnAccount('POST /user/passkey/remove'),
    on: 'passkey',
    rights: ownPasskeys,
    input: (passkey) => ({ passkey_id: passkey.id, password: testPassword }),
  },
  { endpoint: 'POST /user/reset_link', on: 'user', rights: adminsOnly, input: (user) => ({ user_id: user.id }) },
  {
    endpoint: 'POST /user/second_factors/reset',
    on: 'user',
    rights: adminsOnly,
    input: (user) => ({ user_id: user.id }),
  },
  {
    endpoint: 'GET /session/list',
    on: 'user',
    rights: ownSessions,
    only: { kind: 'session', otherwise: 403, exceptAdmins: true },
    input: (user) => ({ user_id: user.id }),
  },
  {
    // Whose it is nobody else is told.
    endpoint: 'POST /session/end',
    on: 'session',
    rights: ['ok', { ok: ['own'], else: 404 }, { ok: ['own'], else: 404 }, { ok: ['own'], else: 404 }, 401],
    only: { kind: 'session', otherwise: 403, exceptAdmins: true },
    input: (session) => ({ session_id: session.id }),
  },
  {
    endpoint: 'POST /session/end_all',
    on: 'user',
    rights: ownSessions,
    only: { kind: 'session', otherwise: 403, exceptAdmins: true },
    input: (user) => ({ user_id: user.id }),
  },
];
