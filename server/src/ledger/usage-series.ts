/**
 * Everything whose usage is added up over time, so that no page has to add up the rollups of a year: the house, each
 * team, person, key, tag, customer and organization, each of them as a whole and by what was called.
 */

const owners = ['key_hash', 'user_id', 'team_id'] as const;
const subjects = ['model', 'model_group', 'provider', 'endpoint'] as const;

/** What series are told apart by; what does not apply to a series, or is missing, is the empty string. */
export const seriesLabels = [...owners, 'organization_id', 'tag', 'end_user', ...subjects] as const;

/** What series are told apart by. */
export type SeriesLabel = (typeof seriesLabels)[number];

/** The rollups that series are added up from. */
export type SeriesSource = 'usage_rollups' | 'tag_rollups' | 'customer_rollups' | 'organization_rollups';

/** One way to cut usage into series: one series for each combination of the labels. */
export interface SeriesKind {
  readonly name: string;
  readonly from: SeriesSource;
  readonly by: readonly SeriesLabel[];
  /** There can be very many: how much each used in a month is kept in order, so that the largest are found. */
  readonly isRanked: boolean;
}

/** All kinds, of each source those with fewer series first. */
export const seriesKinds: readonly SeriesKind[] = [
  kind('house', 'usage_rollups', []),
  kind('house by subject', 'usage_rollups', subjects),
  kind('team', 'usage_rollups', ['team_id'], 'ranked'),
  kind('user', 'usage_rollups', ['user_id'], 'ranked'),
  kind('member', 'usage_rollups', ['user_id', 'team_id']),
  kind('team by subject', 'usage_rollups', ['team_id', ...subjects]),
  kind('user by subject', 'usage_rollups', ['user_id', ...subjects]),
  kind('key', 'usage_rollups', owners, 'ranked'),
  kind('key by subject', 'usage_rollups', [...owners, ...subjects], 'ranked'),
  kind('tagged', 'tag_rollups', subjects),
  kind('tag', 'tag_rollups', ['tag']),
  kind('tag by subject', 'tag_rollups', ['tag', ...subjects]),
  kind('served', 'customer_rollups', subjects),
  kind('customer', 'customer_rollups', ['end_user'], 'ranked'),
  kind('customer by subject', 'customer_rollups', ['end_user', ...subjects]),
  kind('organization', 'organization_rollups', ['organization_id']),
  kind('organization by subject', 'organization_rollups', ['organization_id', ...subjects]),
];

/** The kind with the fewest series that knows all of the labels; null: only the rollups themselves know them. */
export function smallestKind(from: SeriesSource, labels: Iterable<SeriesLabel>): SeriesKind | null {
  const wanted = [...labels];
  return seriesKinds.find((one) => one.from === from && wanted.every((label) => one.by.includes(label))) ?? null;
}

function kind(
  name: string,
  from: SeriesSource,
  by: readonly SeriesLabel[],
  ranked: 'ranked' | 'not ranked' = 'not ranked',
): SeriesKind {
  return { name, from, by, isRanked: ranked === 'ranked' };
}
