import { sql, type Transaction } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { JournalEntry } from './journal.ts';
import type { UsageRollupTable } from './ledger.table.ts';
import { type SpendSubject, subjectName, subjectsOf } from './spend-subjects.ts';

/** Spend of a subject after a fold, as the database has it. */
export interface SpendAfterFold {
  readonly subject: string;
  readonly spendNanoUsd: number;
}

/**
 * Adds to the spend of a subject and returns the new total; null when the subject no longer exists.
 * The features that own the tables provide it.
 */
export type ChargeSpend = (
  tx: Transaction<Database>,
  subject: SpendSubject,
  nanoUsd: number,
  usedAt: number,
) => Promise<number | null>;

/** A quarter of an hour: the grain of the rollups, so that the days of every time zone can be summed exactly. */
export const quarterHourMs = 15 * 60 * 1000;

/**
 * Writes answers into the books in one transaction: request log, rollups, spend of key, user, team and member.
 * Idempotent by request id: an entry that is already in the log changes nothing.
 * @returns the new totals of every subject that was charged.
 */
export async function foldEntries(
  storage: Storage,
  entries: readonly JournalEntry[],
  chargeSpend: ChargeSpend,
): Promise<SpendAfterFold[]> {
  if (entries.length === 0) return [];
  return storage.db.transaction().execute(async (tx) => {
    const inserted = await tx
      .insertInto('request_logs')
      .values([...entries])
      .onConflict((conflict) => conflict.column('request_id').doNothing())
      .returning('request_id')
      .execute();
    const isNew = new Set(inserted.map((row) => row.request_id));
    const fresh = entries.filter((entry) => isNew.delete(entry.request_id));
    if (fresh.length === 0) return [];
    await addToRollups(tx, fresh);
    return addToSpend(tx, fresh, chargeSpend);
  });
}

async function addToRollups(tx: Transaction<Database>, entries: readonly JournalEntry[]): Promise<void> {
  const rollups = new Map<string, UsageRollupTable>();
  for (const entry of entries) {
    const row = rollupOf(entry);
    const key = JSON.stringify([
      row.quarter_hour_at,
      row.key_hash,
      row.user_id,
      row.team_id,
      row.model,
      row.model_group,
      row.provider,
      row.endpoint,
    ]);
    const sum = rollups.get(key);
    if (!sum) rollups.set(key, row);
    else for (const name of rollupSums) sum[name] += row[name];
  }
  await tx
    .insertInto('usage_rollups')
    .values([...rollups.values()])
    .onConflict((conflict) =>
      conflict
        .columns(['quarter_hour_at', 'key_hash', 'user_id', 'team_id', 'model', 'model_group', 'provider', 'endpoint'])
        .doUpdateSet(
          Object.fromEntries(
            rollupSums.map((name) => [name, sql`${sql.ref(`usage_rollups.${name}`)} + ${sql.ref(`excluded.${name}`)}`]),
          ),
        ),
    )
    .execute();
}

const rollupSums = [
  'requests',
  'failed_requests',
  'prompt_tokens',
  'completion_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'spend_nano_usd',
  'cache_hits',
  'cache_misses',
  'cached_prompt_tokens',
  'cached_completion_tokens',
  'saved_nano_usd',
  'duration_ms',
] as const satisfies readonly (keyof UsageRollupTable)[];

function rollupOf(entry: JournalEntry): UsageRollupTable {
  const hit = entry.cache_status === 'hit';
  return {
    quarter_hour_at: Math.floor(entry.started_at / quarterHourMs) * quarterHourMs,
    key_hash: entry.key_hash,
    user_id: entry.user_id,
    team_id: entry.team_id,
    model: entry.model,
    model_group: entry.model_group,
    provider: entry.provider,
    endpoint: entry.endpoint,
    requests: 1,
    failed_requests: entry.status === 'failure' ? 1 : 0,
    prompt_tokens: entry.prompt_tokens,
    completion_tokens: entry.completion_tokens,
    cache_read_input_tokens: entry.cache_read_input_tokens,
    cache_creation_input_tokens: entry.cache_creation_input_tokens,
    spend_nano_usd: entry.spend_nano_usd,
    cache_hits: hit ? 1 : 0,
    cache_misses: entry.cache_status === 'miss' ? 1 : 0,
    cached_prompt_tokens: hit ? entry.prompt_tokens : 0,
    cached_completion_tokens: hit ? entry.completion_tokens : 0,
    saved_nano_usd: entry.saved_nano_usd,
    duration_ms: entry.ended_at - entry.started_at,
  };
}

async function addToSpend(
  tx: Transaction<Database>,
  entries: readonly JournalEntry[],
  chargeSpend: ChargeSpend,
): Promise<SpendAfterFold[]> {
  const charges = new Map<string, { subject: SpendSubject; nanoUsd: number; usedAt: number }>();
  for (const entry of entries) {
    for (const subject of subjectsOf(entry)) {
      const name = subjectName(subject);
      const charge = charges.get(name);
      if (!charge) charges.set(name, { subject, nanoUsd: entry.spend_nano_usd, usedAt: entry.started_at });
      else {
        charge.nanoUsd += entry.spend_nano_usd;
        charge.usedAt = Math.max(charge.usedAt, entry.started_at);
      }
    }
  }
  const totals: SpendAfterFold[] = [];
  // One order for all instances, so that two of them folding at once cannot wait for each other.
  for (const [name, { subject, nanoUsd, usedAt }] of [...charges].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const spendNanoUsd = await chargeSpend(tx, subject, nanoUsd, usedAt);
    if (spendNanoUsd !== null) totals.push({ subject: name, spendNanoUsd });
  }
  return totals;
}
