import { type RawBuilder, sql } from 'kysely';
import { type Dialect, drawn, drawnSkewed, oneOf } from './dialect.ts';
import type { Filling, Sizes } from './filling.ts';
import { models } from './models.ts';

const dayMs = 86_400_000;
const names = ['ada', 'grace', 'alan', 'edsger', 'barbara', 'donald', 'frances', 'ken', 'radia', 'tim', 'margaret'];
const words = ['search', 'billing', 'support', 'notebook', 'crawler', 'review', 'agent', 'report', 'mobile', 'batch'];
const i = sql.ref('i');

/** The id of the user with this number. */
export const userIdOf = (dialect: Dialect, number: RawBuilder<unknown>) =>
  sql<string>`'user-' || ${dialect.padded(number, 6)}`;

/** The id of the team with this number. */
export const teamIdOf = (dialect: Dialect, number: RawBuilder<unknown>) =>
  sql<string>`'team-' || ${dialect.padded(number, 5)}`;

/** One organization for a hundred teams. */
const organizationCount = (sizes: Sizes) => Math.max(2, Math.round(sizes.teams / 100));

const organizationIdOf = (dialect: Dialect, number: RawBuilder<unknown>) =>
  sql<string>`'organization-' || ${dialect.padded(number, 3)}`;

/** Sixty-four digits that look like a hash. */
function hashOf(dialect: Dialect, number: RawBuilder<unknown>, salt: number) {
  const parts = [0, 1, 2, 3, 4, 5].map((part) => dialect.padded(drawn(number, salt + part, 2_147_483_647), 10));
  return sql<string>`${sql.join(parts, sql` || `)} || '0000'`;
}

/** Users, teams, members, keys, customers, and what was changed about them in the year before `endsAt`. */
export function peopleStatements(sizes: Sizes, endsAt: number): Filling[] {
  const yearAgo = endsAt - 365 * dayMs;
  const some = (salt: number) => sql`(${sql.lit(yearAgo)} + ${drawn(i, salt, 365 * 86_400)} * 1000)`;
  const spend = (salt: number) => sql`${drawnSkewed(i, salt, 1_000_000, 5)} * 100000`;
  return [
    {
      what: 'users',
      rows: sizes.users,
      statement: (dialect, first, end) => sql`
        insert into users (user_id, user_email, user_alias, user_role, spend_nano_usd, max_budget_nano_usd,
          created_at, created_by, updated_at, updated_by)
        select ${userIdOf(dialect, i)},
          ${oneOf(names, drawn(i, 101, names.length))} || '.' || ${dialect.padded(i, 5)} || '@example.com',
          case when ${drawn(i, 102, 3)} = 0 then null else ${oneOf(names, drawn(i, 103, names.length))} end,
          case when ${drawn(i, 104, 50)} = 0 then 'internal_user_viewer' else 'internal_user' end,
          ${spend(105)}, case when ${drawn(i, 106, 4)} = 0 then 1000000000000 else null end,
          ${some(107)}, 'bench', ${some(107)}, 'bench'
        from ${dialect.numbers(first, end)}`,
    },
    {
      what: 'budgets of organizations',
      rows: organizationCount(sizes),
      statement: (dialect, first, end) => sql`
        insert into budgets (budget_id, max_budget_nano_usd, created_at, created_by, updated_at, updated_by)
        select 'budget-' || ${dialect.padded(i, 3)}, 1000000000000000, ${some(181)}, 'bench', ${some(181)}, 'bench'
        from ${dialect.numbers(first, end)}`,
    },
    {
      what: 'organizations',
      rows: organizationCount(sizes),
      statement: (dialect, first, end) => sql`
        insert into organizations (organization_id, organization_alias, models, metadata, budget_id, spend_nano_usd,
          created_at, created_by, updated_at, updated_by)
        select ${organizationIdOf(dialect, i)}, ${oneOf(words, drawn(i, 182, words.length))} || ' ' || ${dialect.padded(i, 3)}, '[]', '{}',
          'budget-' || ${dialect.padded(i, 3)}, ${spend(183)}, ${some(184)}, 'bench', ${some(184)}, 'bench'
        from ${dialect.numbers(first, end)}`,
    },
    {
      what: 'members of organizations',
      rows: sizes.users,
      statement: (dialect, first, end) => sql`
        insert into organization_members (organization_id, user_id, role, created_at, updated_at)
        select ${organizationIdOf(dialect, drawn(i, 185, organizationCount(sizes)))}, ${userIdOf(dialect, i)},
          case when ${drawn(i, 186, 50)} = 0 then 'org_admin' else 'internal_user' end, ${some(187)}, ${some(187)}
        from ${dialect.numbers(first, end)}`,
    },
    {
      what: 'teams',
      rows: sizes.teams,
      statement: (dialect, first, end) => sql`
        insert into teams (team_id, team_alias, organization_id, spend_nano_usd, created_at, created_by, updated_at,
          updated_by)
        select ${teamIdOf(dialect, i)}, ${oneOf(words, drawn(i, 111, words.length))} || ' ' || ${dialect.padded(i, 4)},
          case when ${drawn(i, 114, 2)} = 0 then null
            else ${organizationIdOf(dialect, drawn(i, 115, organizationCount(sizes)))} end,
          ${spend(112)}, ${some(113)}, 'bench', ${some(113)}, 'bench'
        from ${dialect.numbers(first, end)}`,
    },
    {
      what: 'admins of teams',
      rows: sizes.teams,
      statement: (dialect, first, end) => sql`
        insert into team_members (team_id, user_id, role, created_at)
        select ${teamIdOf(dialect, i)}, ${userIdOf(dialect, sql`(i * 7 % ${sql.lit(sizes.users)})`)}, 'admin', ${some(121)}
        from ${dialect.numbers(first, end)}`,
    },
    {
      what: 'members of teams',
      rows: sizes.users * 2,
      statement: (dialect, first, end) => sql`
        insert into team_members (team_id, user_id, role, spend_nano_usd, created_at)
        select ${teamIdOf(dialect, drawnSkewed(i, 122, sizes.teams, 2))}, ${userIdOf(dialect, sql`(i / 2)`)},
          case when ${drawn(i, 123, 20)} = 0 then 'admin' else 'user' end, ${spend(124)}, ${some(125)}
        from ${dialect.numbers(first, end)} where true on conflict do nothing`,
    },
    {
      what: 'numbered keys',
      rows: 1,
      statement:
        () => sql`create table bench_keys (number bigint primary key, key_hash text, user_id text, team_id text,
        model bigint, previous_hash text, replaced_at bigint, previous_team_id text)`,
    },
    {
      what: 'owners of keys',
      rows: sizes.keys,
      statement: (dialect, first, end) => sql`
        insert into bench_keys
        select i, ${hashOf(dialect, i, 131)}, user_id,
          case when ${drawn(i, 138, 2)} = 0
            then coalesce((select min(team_id) from team_members where team_members.user_id = owned.user_id), '') else '' end,
          ${drawnSkewed(i, 139, models.length, 2)},
          case when ${drawn(i, 140, 100)} = 3 then ${hashOf(dialect, i, 141)} else '' end, ${some(147)}, ''
        from (select i, ${userIdOf(dialect, drawnSkewed(i, 148, sizes.users, 2))} as user_id
          from ${dialect.numbers(first, end)}) as owned`,
    },
    {
      what: 'keys',
      rows: sizes.keys,
      statement: (dialect, first, end) => sql`
        insert into keys (key_hash, key_name, key_alias, user_id, team_id, spend_nano_usd, max_budget_nano_usd,
          expires_at, blocked_at, last_used_at, created_at, created_by, updated_at, updated_by, deleted_at, deleted_by)
        select key_hash, 'sk-...' || ${dialect.padded(drawn(i, 151, 10_000), 4)},
          case when ${drawn(i, 152, 5)} = 0 then null
            else ${oneOf(words, drawn(i, 153, words.length))} || '-' || ${oneOf(names, drawn(i, 154, names.length))} || '-' || i end,
          case when team_id <> '' and ${drawn(i, 155, 25)} = 0 then null else user_id end,
          case when team_id = '' then null else team_id end, ${spend(156)},
          case when ${drawn(i, 157, 3)} = 0 then ${drawn(i, 158, 100_000)} * 1000000000 else null end,
          case when ${drawn(i, 159, 5)} = 0 then ${some(160)} + ${sql.lit(200 * dayMs)} else null end,
          case when ${drawn(i, 161, 50)} = 0 then ${some(162)} else null end,
          case when ${drawn(i, 163, 4)} = 0 then null else ${some(164)} end,
          ${some(165)}, user_id, ${some(166)}, user_id,
          case when ${drawn(i, 167, 30)} = 0 then ${some(166)} else null end, null
        from (select number as i, bench_keys.* from bench_keys) as numbered
        where i >= ${sql.lit(first)} and i < ${sql.lit(end)}`,
    },
    {
      what: 'replaced secrets',
      rows: 1,
      statement: () => sql`
        insert into previous_key_hashes (previous_hash, key_hash, replaced_at, valid_until)
        select previous_hash, key_hash, replaced_at, replaced_at from bench_keys where previous_hash <> ''`,
    },
    {
      what: 'customers',
      rows: Math.round(sizes.users / 4),
      statement: (dialect, first, end) => sql`
        insert into customers (user_id, alias, spend_nano_usd, created_at, updated_at)
        select 'customer-' || i, null, ${spend(171)}, ${some(172)}, ${some(172)} from ${dialect.numbers(first, end)}`,
    },
  ];
}
