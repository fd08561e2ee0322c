import { sql } from 'kysely';
import { describeKeyForMail } from '../keys/mail-key.ts';
import type { Parts } from '../parts.ts';
import '../keys/keys.table.ts';
import { firstHash, raiseOnce } from './raise-once.ts';

const dayMs = 86_400_000;
/** How many days ahead, the nearest first: whoever is warned of one is not warned of the next as well. */
const thresholds = [
  { days: 1, fromMs: 0 },
  { days: 7, fromMs: dayMs },
] as const;
const batchSize = 200;

/**
 * Tells owners that a key will stop working: a week ahead and a day ahead, each once, whichever instance finds it. A key
 * that was made for a short time is not spoken of as soon as it is made.
 * @param nowMs epoch milliseconds.
 * @returns how many warnings this call has raised.
 */
export async function warnOfExpiringKeys(parts: Parts, nowMs: number = parts.now()): Promise<number> {
  let count = 0;
  for (const { days, fromMs } of thresholds) {
    for (;;) {
      const due = await findDue(parts, days, nowMs + fromMs, nowMs + days * dayMs);
      for (const { key_hash, alert_key } of due) if (await warn(parts, key_hash, alert_key, nowMs)) count += 1;
      if (due.length < batchSize) break;
    }
  }
  return count;
}

async function findDue({ storage }: Parts, days: number, afterMs: number, untilMs: number) {
  // By the first hash, so that a key whose secret was replaced in between is the same key.
  const alertKey = sql<string>`'key-expiring:' || ${firstHash} || ':' || cast(keys.expires_at as text) || ':' || cast(${days} as text)`;
  return storage.db
    .selectFrom('keys')
    .select(['key_hash', alertKey.as('alert_key')])
    .where('expires_at', '>', afterMs)
    .where('expires_at', '<=', untilMs)
    .where(({ eb, ref }) => eb(sql<number>`${ref('expires_at')} - ${ref('created_at')}`, '>=', 2 * days * dayMs))
    .where('deleted_at', 'is', null)
    .where('blocked_at', 'is', null)
    .where(({ exists, not, selectFrom }) =>
      not(exists(selectFrom('raised_alerts').select('alert_key').where('alert_key', '=', alertKey))),
    )
    .orderBy('expires_at')
    .orderBy('key_hash')
    .limit(batchSize)
    .execute();
}

async function warn(parts: Parts, keyHash: string, alertKey: string, nowMs: number): Promise<boolean> {
  return parts.storage.db.transaction().execute(async (tx) => {
    if (!(await raiseOnce(tx, alertKey, nowMs))) return false;
    const row = await tx.selectFrom('keys').selectAll().where('key_hash', '=', keyHash).executeTakeFirst();
    if (!row || row.expires_at === null) return false;
    const { data, to } = await describeKeyForMail(tx, parts, row);
    // Not the threshold: a gateway that was down finds it later.
    const daysLeft = countMidnights(nowMs, row.expires_at, parts.settings.timezone);
    await parts.mail.enqueue(tx, { event: 'Virtual Key Expiring', to, data: { ...data, daysLeft }, once: alertKey });
    return true;
  });
}

function countMidnights(fromMs: number, untilMs: number, timeZone: string): number {
  const writeDay = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  return Math.round((Date.parse(writeDay.format(untilMs)) - Date.parse(writeDay.format(fromMs))) / dayMs);
}
