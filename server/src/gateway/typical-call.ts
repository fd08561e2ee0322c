import { type Kysely, sql } from 'kysely';
import '../ledger/ledger.table.ts';
import type { Database } from '../storage/database.ts';

/** What a key's answered calls of the last seven days were like on average. */
export interface TypicalCall {
  /** How many there were. */
  readonly calls: number;
  readonly spendNanoUsd: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

const daysRead = 7;

/** Reads what a key's calls are like; null when it made none lately. @param now epoch milliseconds. */
export async function findTypicalCall(db: Kysely<Database>, keyHash: string, now: number): Promise<TypicalCall | null> {
  const sum = (column: 'requests' | 'failed_requests' | 'spend_nano_usd' | 'prompt_tokens' | 'completion_tokens') =>
    sql<number>`coalesce(sum(${sql.ref(column)}), 0)`;
  const row = await db
    .selectFrom('usage_rollups')
    .select([
      sql<number>`${sum('requests')} - ${sum('failed_requests')}`.as('calls'),
      sum('spend_nano_usd').as('spend_nano_usd'),
      sum('prompt_tokens').as('prompt_tokens'),
      sum('completion_tokens').as('completion_tokens'),
    ])
    .where('key_hash', '=', keyHash)
    .where('quarter_hour_at', '>=', now - daysRead * 86_400_000)
    .executeTakeFirstOrThrow();
  const calls = Number(row.calls);
  if (calls <= 0) return null;
  return {
    calls,
    spendNanoUsd: Number(row.spend_nano_usd) / calls,
    promptTokens: Number(row.prompt_tokens) / calls,
    completionTokens: Number(row.completion_tokens) / calls,
  };
}
