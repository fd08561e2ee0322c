import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import '../../ledger/ledger.table.ts';
import type { Parts } from '../parts.ts';
import type { getUiSettings as endpoint } from './settings.contract.ts';
import type { WaysToSignIn } from './ways-to-sign-in.ts';

/** Counting stops here: clients only ask whether there are more than a million. */
const countedRows = 1_000_001;

/** Settings of the console for everybody who has a credential. */
export async function getUiSettings(
  { settings, storage }: Parts,
  ways: WaysToSignIn,
  call: Call,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { providers } = await ways.offer(call);
  const { rows } = await storage.db
    .selectFrom(({ selectFrom }) => selectFrom('request_logs').select('request_id').limit(countedRows).as('counted'))
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow();
  return {
    PROXY_BASE_URL: settings.proxyBaseUrl,
    PROXY_LOGOUT_URL: settings.proxyLogoutUrl,
    LITELLM_UI_API_DOC_BASE_URL: settings.proxyBaseUrl,
    DEFAULT_TEAM_DISABLED: false,
    SSO_ENABLED: providers.length > 0,
    NUM_SPEND_LOGS_ROWS: rows,
    DISABLE_EXPENSIVE_DB_QUERIES: false,
  };
}
