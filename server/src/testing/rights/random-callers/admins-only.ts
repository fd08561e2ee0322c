import { isAdmin, personOf } from './model.ts';
import { type Operation, pick, userOf } from './operation.ts';
import { attemptWrite } from './start-run.ts';

/** What only admins of the gateway do: settings, and what touches how other people sign in. */
const attempts = [
  ['PATCH', '/update/sso_settings', () => ({ allowed_email_domains: ['example.com'] })],
  ['PATCH', '/update/email_settings', () => ({ email_support_contact: 'help@example.com' })],
  ['PATCH', '/email/event_settings', () => ({ settings: [{ event: 'Max Budget Alert', enabled: false }] })],
  ['PATCH', '/update/internal_user_settings', () => ({ max_budget: 1 })],
  ['POST', '/user/second_factors/reset', (user: string) => ({ user_id: user })],
  ['POST', '/user/reset_link', (user: string) => ({ user_id: user })],
  ['POST', '/user/bulk_update', (user: string) => ({ users: [{ user_id: user, user_role: 'proxy_admin' }] })],
  ['POST', '/session/end_all', (user: string) => ({ user_id: user })],
  ['POST', '/budget/new', () => ({ budget_id: 'of-a-stranger', max_budget: 1 })],
  ['POST', '/customer/new', () => ({ user_id: 'of-a-stranger' })],
  ['POST', '/model/new', () => ({ model_name: 'of-a-stranger', litellm_params: { model: 'openai/x' } })],
  ['POST', '/model/delete', () => ({ id: 'test-gpt' })],
  ['POST', '/cache/flushall', () => ({})],
  ['POST', '/global/spend/reset', () => ({})],
] as const satisfies readonly (readonly ['PATCH' | 'POST', string, (user: string) => Record<string, unknown>])[];

/** Operations that nobody but admins of the gateway may do, and that change nothing that the model holds. */
export const adminsOnly: Readonly<Record<string, Operation>> = {
  async tryWhatAdminsDo(run, caller, choice) {
    const user = userOf(run, choice.on);
    const [method, path, inputFor] = pick(attempts, choice.value) ?? [];
    // They may; what comes of it is no matter of rights.
    if (!user || !method || isAdmin(run.model, caller) || personOf(run.model, caller) === user.id) return;
    await attemptWrite(run, { method, caller, path, input: inputFor(user.id), may: false }, () => undefined);
  },
};
