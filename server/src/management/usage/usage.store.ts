import { type Kysely, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import '../../ledger/ledger.table.ts';
import type { RequestLogTable } from '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import '../users/users.table.ts';
import { alongEachKey } from './along-each-key.ts';
import { hashesOfKeys } from './replaced-keys.ts';
import { lastActiveQuarterHour } from './rollup-queries.ts';
import { type UsageFilter, visibleUserId } from './usage-filter.ts';

/** A place in the request log, which is read from the newest down. */
export interface LogPosition {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly requestId: string;
}

/** Which requests are wanted. */
export interface RequestFilter {
  readonly userId: string | null;
  /** Calls under any of these; null: under any hash. */
  readonly keyHashes: readonly string[] | null;
  /** Only what is older than this place. */
  readonly before: LogPosition | null;
  readonly limit: number;
}

/** A line of the request log with the names of key and user; of a replaced secret those of the key as it is now. */
export type NamedRequestRow = RequestLogTable & {
  key_name: string | null;
  key_alias: string | null;
  user_email: string | null;
};

/** Reads the newest requests within the caller's reach, along an index. */
export async function listRequestRows(
  db: Kysely<Database>,
  access: Access,
  filter: RequestFilter,
): Promise<NamedRequestRow[]> {
  const { keyHashes } = filter;
  const isInOneOrder = keyHashes === null || keyHashes.length === 1;
  return requestsWithin(db, access, isInOneOrder ? filter : { ...filter, keyHashes: null })
    .$if(!isInOneOrder, (query) => query.where('request_logs.request_id', 'in', newestOfEachKey(db, access, filter)))
    .leftJoin('previous_key_hashes', 'previous_key_hashes.previous_hash', 'request_logs.key_hash')
    .leftJoin('keys', (join) =>
      join.on('keys.key_hash', '=', sql`coalesce(previous_key_hashes.key_hash, request_logs.key_hash)`),
    )
    .leftJoin('users', 'users.user_id', 'request_logs.user_id')
    .selectAll('request_logs')
    .select(['keys.key_name', 'keys.key_alias', 'users.user_email'])
    .orderBy('request_logs.started_at', 'desc')
    .orderBy('request_logs.request_id', 'desc')
    .limit(filter.limit)
    .execute();
}

/** The ids of the page, found along the index of each hash. */
function newestOfEachKey(db: Kysely<Database>, access: Access, filter: RequestFilter) {
  const entries = alongEachKey(
    filter.keyHashes,
    (keyHashes) =>
      sql`select * from ${requestsWithin(db, access, { ...filter, keyHashes })
        .select(['request_logs.request_id', 'request_logs.started_at'])
        .orderBy('request_logs.started_at', 'desc')
        .orderBy('request_logs.request_id', 'desc')
        .limit(filter.limit)} as entries`,
  );
  return sql<string>`(select request_id from (${entries}) as entries
    order by started_at desc, request_id desc limit ${filter.limit})`;
}

/**
 * When something was last asked within the caller's reach. To the millisecond where the request log has an index
 * for the filter, else to the quarter of an hour.
 * @returns epoch milliseconds; null: never.
 */
export async function lastActivityAt(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
): Promise<number | null> {
  const { teamId, modelGroup, keyHashes } = filter;
  const hashes = keyHashes && (await hashesOfKeys(db, keyHashes));
  if (teamId !== null || modelGroup !== null || (hashes && hashes.length !== 1)) {
    return lastActiveQuarterHour(db, access, filter);
  }
  const row = await requestsWithin(db, access, { userId: filter.userId, keyHashes: hashes, before: null })
    .select('request_logs.started_at')
    .orderBy('request_logs.started_at', 'desc')
    .orderBy('request_logs.request_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.started_at ?? null;
}

function requestsWithin(db: Kysely<Database>, access: Access, filter: Omit<RequestFilter, 'limit'>) {
  const userId = visibleUserId(access, filter.userId);
  const { keyHashes, before } = filter;
  return db
    .selectFrom('request_logs')
    .$if(userId !== null, (query) => query.where('request_logs.user_id', '=', userId ?? ''))
    .$if(keyHashes?.length === 1, (query) => query.where('request_logs.key_hash', '=', keyHashes?.[0] ?? ''))
    .$if(keyHashes !== null && keyHashes.length !== 1, (query) =>
      query.where('request_logs.key_hash', 'in', [...(keyHashes ?? [])]),
    )
    .$if(before !== null, (query) =>
      query.where((is) =>
        is(
          is.refTuple('request_logs.started_at', 'request_logs.request_id'),
          '<',
          is.tuple(before?.startedAt ?? 0, before?.requestId ?? ''),
        ),
      ),
    );
}
