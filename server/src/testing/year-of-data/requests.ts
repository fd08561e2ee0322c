import { type RawBuilder, sql } from 'kysely';
import type { rollupSums } from '../../ledger/add-rollups.ts';
import { drawn, drawnSkewed, insertFrom, oneOf } from './dialect.ts';
import type { Filling, Sizes } from './filling.ts';
import { models } from './models.ts';
import { teamIdOf, userIdOf } from './people.ts';

const dayMs = 86_400_000;
const quarterHourMs = 900_000;
const i = sql.ref('i');
const owners = ['key_hash', 'user_id', 'team_id'] as const;
const subjects = ['model', 'model_group', 'provider', 'endpoint'] as const;
const tags = [
  'production',
  'staging',
  'nightly',
  'evaluation',
  'onboarding',
  'experiment-a',
  'experiment-b',
  'internal',
];

const changes = [
  ['key', 'created'],
  ['key', 'updated'],
  ['key', 'regenerated'],
  ['user', 'updated'],
  ['team', 'updated'],
  ['session', 'created'],
] as const;

/** The requests of a year, in the order of time, and the audit log of the same year. */
export function requestStatements(sizes: Sizes, endsAt: number): Filling[] {
  const startsAt = endsAt - 365 * dayMs;
  const customers = Math.round(sizes.users / 4);
  return [
    {
      what: 'requests',
      rows: sizes.requests,
      statement: (dialect, first, end) => {
        const model = sql.ref('model_number');
        const mark = sql.ref('mark');
        const hex = sql.ref('hex');
        const at = sql`(${sql.lit(startsAt)} + i * ${sql.lit(365 * dayMs)} / ${sql.lit(sizes.requests)})`;
        const key = drawnSkewed(i, 213, sizes.keys, 5);
        const price = sql`(prompt_tokens * 1500 + completion_tokens * 6000) * (model_number + 1)`;
        return insertFrom(
          'request_logs',
          {
            request_id: sql`substr(${hex}, 1, 8) || '-' || substr(${hex}, 9, 4) || '-7000-8000-' || ${dialect.padded(i, 12)}`,
            response_id: sql`'chatcmpl-' || ${dialect.padded(drawn(i, 201, 2_147_483_647), 10)} || ${dialect.padded(i, 10)}`,
            call_type: sql`case when model_number = 5 then 'aembedding' else 'acompletion' end`,
            endpoint: sql`case when model_number = 5 then '/embeddings' else '/chat/completions' end`,
            key_hash: sql`key_hash`,
            user_id: sql`user_id`,
            team_id: sql`team_id`,
            end_user: sql`case when ${drawn(i, 202, 10)} = 0 then 'customer-' || ${drawnSkewed(i, 203, customers, 3)} else '' end`,
            model_group: oneOf(namesOfModels(0), model),
            model: oneOf(namesOfModels(2), model),
            provider: oneOf(namesOfModels(1), model),
            deployment_id: sql`'deployment-' || model_number`,
            api_base: sql`'https://provider.example/v1'`,
            status: sql`case when ${mark} = 0 then 'failure' else 'success' end`,
            http_status: sql`case when ${mark} > 0 then 200 when ${drawn(i, 214, 2)} = 0 then 429 else 500 end`,
            error_message: sql`case when ${mark} = 0 then 'The provider answered 500: overloaded' else null end`,
            prompt_tokens: sql`prompt_tokens`,
            completion_tokens: sql`completion_tokens`,
            cache_read_input_tokens: sql`case when ${mark} > 80 then prompt_tokens / 2 else 0 end`,
            cache_creation_input_tokens: sql`0`,
            reasoning_tokens: sql`0`,
            usage_source: sql`'provider'`,
            spend_nano_usd: sql`case when ${mark} < 5 then 0 else ${price} end`,
            cache_status: sql`case when ${mark} between 1 and 4 then 'hit' else 'miss' end`,
            saved_nano_usd: sql`case when ${mark} between 1 and 4 then ${price} else 0 end`,
            saved_ms: sql`case when ${mark} between 1 and 4 then 800 else 0 end`,
            unreported_input_tokens: sql`case when model_number = 5 and ${mark} > 4 then prompt_tokens else 0 end`,
            prompt_cache_saved_nano_usd: sql`case when ${mark} > 80 then prompt_tokens / 2 * 1350 * (model_number + 1) else 0 end`,
            prompt_cache_premium_nano_usd: sql`0`,
            streamed: drawn(i, 204, 2),
            aborted: sql`0`,
            attempts: sql`1`,
            started_at: sql`at`,
            first_token_at: sql`at + 300`,
            ended_at: sql`at + 400 + ${drawn(i, 205, 20_000)}`,
            ip: sql`'10.1.2.3'`,
            tags: sql`case when ${drawn(i, 206, 10)} = 0
            then '["' || ${oneOf(tags, drawnSkewed(i, 207, tags.length, 2))} || '"]' else '[]' end`,
          },
          sql`from (
          select i, at, ${dialect.hex12(sql`at`)} as hex, user_id, team_id,
            case when previous_hash <> '' and at < replaced_at then previous_hash else key_hash end as key_hash,
            case when ${drawn(i, 208, 10)} < 8 then model else ${drawn(i, 209, models.length)} end as model_number,
            ${drawn(i, 210, 100)} as mark,
            20 + ${drawnSkewed(i, 211, 6_000, 2)} as prompt_tokens, 1 + ${drawnSkewed(i, 212, 900, 2)} as completion_tokens
          from (select i, ${at} as at, ${key} as key_number from ${dialect.numbers(first, end)}) as asked
          join bench_keys on bench_keys.number = key_number
        ) as answered order by i`,
        );
      },
    },
    {
      what: 'audit log',
      rows: sizes.auditEntries,
      statement: (dialect, first, end) => {
        const kind = drawn(i, 221, changes.length);
        return insertFrom(
          'audit_log',
          {
            audit_id: sql`'audit-' || ${dialect.padded(i, 12)}`,
            happened_at: sql`(${sql.lit(startsAt)} + i * ${sql.lit(365 * dayMs)} / ${sql.lit(sizes.auditEntries)})`,
            actor_user_id: userIdOf(dialect, drawnSkewed(i, 222, sizes.users, 2)),
            actor_key_hash: sql`''`,
            action: oneOf(
              changes.map(([, action]) => action),
              kind,
            ),
            object_type: oneOf(
              changes.map(([type]) => type),
              kind,
            ),
            object_id: sql`case
            when ${kind} < 3 then (select key_hash from bench_keys where number = ${drawn(i, 223, sizes.keys)})
            when ${kind} = 4 then ${teamIdOf(dialect, drawn(i, 224, sizes.teams))}
            else ${userIdOf(dialect, drawn(i, 225, sizes.users))} end`,
            before_json: sql`'{"max_budget":null,"models":[]}'`,
            after_json: sql`'{"max_budget":10,"models":["gpt-5.5"]}'`,
            ip: sql`'10.1.2.3'`,
            user_agent: sql`'bench'`,
            request_id: sql`''`,
          },
          sql`from ${dialect.numbers(first, end)}`,
        );
      },
    },
  ];
}

function namesOfModels(column: 0 | 1 | 2): string[] {
  return models.map((model) => model[column]);
}

const slicesOfYear = 24;

/** The rollups of what is in the request log, slice by slice of the year. */
export function rollupStatements(endsAt: number): Filling[] {
  const sliceMs = Math.ceil((366 * dayMs) / slicesOfYear / quarterHourMs) * quarterHourMs;
  const firstQuarter = Math.floor((endsAt - 365 * dayMs) / quarterHourMs) * quarterHourMs;
  const slices = Array.from({ length: slicesOfYear }, (_, index) => firstQuarter + index * sliceMs);
  const tag = sql`replace(replace(tags, '["', ''), '"]', '')`;
  const tables = [
    { table: 'usage_rollups', more: {}, where: sql`1 = 1` },
    { table: 'tag_rollups', more: { tag }, where: sql`tags <> '[]'` },
    { table: 'customer_rollups', more: { end_user: sql`end_user` }, where: sql`end_user <> ''` },
  ];
  return tables.flatMap(({ table, more, where }) =>
    slices.map((since, index) => ({
      what: `${table}, slice ${index + 1} of ${slicesOfYear}`,
      rows: 1,
      statement: () => {
        const ids = {
          quarter_hour_at: sql`(started_at / ${sql.lit(quarterHourMs)}) * ${sql.lit(quarterHourMs)}`,
          ...more,
          ...Object.fromEntries([...owners, ...subjects].map((name) => [name, sql.ref(name)])),
        };
        return insertFrom(
          table,
          { ...ids, ...sumsOfRequests },
          sql`from request_logs
            where started_at >= ${sql.lit(since)} and started_at < ${sql.lit(since + sliceMs)} and ${where}
            group by ${sql.join(Object.values(ids))} order by 1`,
        );
      },
    })),
  );
}

/** As the ledger adds answers up. */
const sumsOfRequests: Readonly<Record<(typeof rollupSums)[number], RawBuilder<unknown>>> = {
  requests: sql`count(*)`,
  failed_requests: sumWhere(sql`status = 'failure'`, sql`1`),
  prompt_tokens: sumOf(sql`prompt_tokens`),
  completion_tokens: sumOf(sql`completion_tokens`),
  cache_read_input_tokens: sumOf(sql`cache_read_input_tokens`),
  cache_creation_input_tokens: sumOf(sql`cache_creation_input_tokens`),
  spend_nano_usd: sumOf(sql`spend_nano_usd`),
  cache_hits: sumWhere(sql`cache_status = 'hit'`, sql`1`),
  cache_misses: sumWhere(sql`cache_status in ('miss', 'stale')`, sql`1`),
  cached_prompt_tokens: sumWhere(sql`cache_status = 'hit'`, sql`prompt_tokens`),
  cached_completion_tokens: sumWhere(sql`cache_status = 'hit'`, sql`completion_tokens`),
  saved_nano_usd: sumOf(sql`saved_nano_usd`),
  duration_ms: sumOf(sql`ended_at - started_at`),
  stale_cache_misses: sumWhere(sql`cache_status = 'stale'`, sql`1`),
  cache_bypasses: sumWhere(sql`cache_status = 'bypass'`, sql`1`),
  uncacheable_requests: sumWhere(sql`cache_status = 'not_cacheable'`, sql`1`),
  saved_ms: sumOf(sql`saved_ms`),
  unreported_input_tokens: sumOf(sql`unreported_input_tokens`),
  prompt_cache_saved_nano_usd: sumOf(sql`prompt_cache_saved_nano_usd`),
  prompt_cache_premium_nano_usd: sumOf(sql`prompt_cache_premium_nano_usd`),
};

function sumOf(value: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`cast(sum(${value}) as bigint)`;
}

function sumWhere(condition: RawBuilder<unknown>, value: RawBuilder<unknown>): RawBuilder<unknown> {
  return sumOf(sql`case when ${condition} then ${value} else 0 end`);
}
