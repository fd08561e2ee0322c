import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import { type BucketSums, countRollups, sumScope } from './rollup-queries.ts';
import { atOneMoment } from './series-queries.ts';
import { sumTopGroups, type TopGroups } from './sum-top-groups.ts';
import type { BucketRange } from './time-buckets.ts';
import { scopeOf, type UsageFilter } from './usage-filter.ts';
import type { UsageSums } from './usage-sums.ts';

/** What the breakdown `entities` of an activity goes by. */
export type ActivityEntity = 'user_id' | 'team_id' | 'organization_id' | 'tag' | 'end_user';

/** Usage that a caller may see, and how it is narrowed. */
export interface ActivitySource {
  readonly access: Access;
  readonly filter: UsageFilter;
}

/** What was called on a day. */
export type ActivityRow = BucketSums<(typeof subjects)[number]> & {
  /** Who called, and for whom; null where there is too much activity to tell. */
  readonly caller: { readonly keyHash: string; readonly entity: string } | null;
};

/** What one key or entity used on a day. */
export interface ActivityPart {
  readonly bucket: number;
  readonly id: string;
  readonly sums: UsageSums;
}

/** The activity of a range. Rows, keys and entities each add up to the whole. */
export interface Activity {
  readonly rows: readonly ActivityRow[];
  readonly keys: readonly ActivityPart[];
  readonly entities: readonly ActivityPart[];
}

const subjects = ['model', 'model_group', 'provider', 'endpoint'] as const;

/** What the keys and entities that are not told apart stand under. */
export const otherId = 'other';

/** Up to so many rollups are shown key by key; one of them is a part of six breakdowns. */
const rollupsInDetail = 1_000;
/** So many keys, and so many entities, are told apart of more: by the number of days. */
const partsOfRange = 3_000;
const fewestParts = 5;
const mostParts = 100;

/**
 * Reads activity by the day. A little of it in every detail; of much, what was called, and the largest keys and
 * entities with all others as one, so that the answer about a large house in a long time has a bounded size.
 */
export async function readActivity(
  db: Kysely<Database>,
  source: ActivitySource,
  range: BucketRange,
  entity: ActivityEntity,
): Promise<Activity> {
  return atOneMoment(db, async (moment) => {
    const scope = await scopeOf(moment, source.access, source.filter, [entity]);
    const count = await countRollups(moment, scope, range.startsAt, range.endsAt, rollupsInDetail);
    if (count < rollupsInDetail) {
      const rows = await sumScope(moment, scope, range, [...subjects, 'key_hash', entity]);
      return inDetail(rows.map((row) => ({ ...row, caller: { keyHash: row.key_hash, entity: row[entity] } })));
    }
    const rows = await sumScope(moment, scope, range, subjects);
    const options = {
      count: Math.max(fewestParts, Math.min(mostParts, Math.floor(partsOfRange / range.buckets.length))),
    };
    const top = (dimension: ActivityEntity | 'key_hash') =>
      sumTopGroups(moment, source.access, source.filter, range, dimension, options).then(partsOf);
    // Of organizations, tags and customers it is not added up by which keys they came.
    const tellsKeys = entity === 'user_id' || entity === 'team_id';
    return {
      rows: rows.map((row) => ({ ...row, caller: null })),
      keys: tellsKeys ? await top('key_hash') : rows.map((row) => ({ bucket: row.bucket, id: otherId, sums: row })),
      entities: await top(entity),
    };
  });
}

function inDetail(rows: readonly ActivityRow[]): Activity {
  const part = (id: string, row: ActivityRow) => ({ bucket: row.bucket, id, sums: row });
  return {
    rows,
    keys: rows.map((row) => part(row.caller?.keyHash ?? otherId, row)),
    entities: rows.map((row) => part(row.caller?.entity ?? otherId, row)),
  };
}

function partsOf({ groups, rest }: TopGroups): ActivityPart[] {
  const all = rest === null ? groups : [...groups, { ...rest, id: otherId }];
  return all.flatMap(({ id, byBucket }) => [...byBucket].map(([bucket, sums]) => ({ bucket, id, sums })));
}
