import type { Call } from '../../http/call.ts';
import type { ModelDirectory } from '../models/index.ts';
import type { Parts } from '../parts.ts';
import type { PresentedCheck } from './health-checks.contract.ts';
import { pageHealthChecks, readLatestHealthChecks } from './health-checks.store.ts';
import type { HealthCheckTable } from './health-checks.table.ts';

/** What was found within the last week, of the models that the caller may call; admins see it of all there were. */
export async function listHealthHistory(
  { storage }: Parts,
  models: ModelDirectory,
  call: Call,
  query: {
    model?: string | undefined;
    status_filter?: string | undefined;
    limit?: number | undefined;
    offset?: number | undefined;
  },
) {
  const page = { limit: query.limit ?? 100, offset: query.offset ?? 0 };
  const filter = {
    modelName: query.model || null,
    status: query.status_filter ?? null,
    modelIds: await visibleIds(models, call),
  };
  const { rows, count } = await pageHealthChecks(storage.db, filter, page);
  return { health_checks: rows.map((row) => present(row, call)), total_records: count, ...page };
}

/** What the last check of each of these models has found. */
export async function getLatestHealth({ storage }: Parts, models: ModelDirectory, call: Call) {
  const ids = await visibleIds(models, call);
  const rows = await readLatestHealthChecks(storage.db);
  const seen = rows.filter((row) => ids === null || ids.includes(row.model_id));
  return {
    latest_health_checks: Object.fromEntries(seen.map((row) => [row.model_id, present(row, call)])),
    total_models: seen.length,
  };
}

/** Ids of the deployments that the caller may look at; null: all. */
async function visibleIds(models: ModelDirectory, call: Call): Promise<string[] | null> {
  if (call.access.reach === 'all') return null;
  return (await models.modelsOf(call)).visible.map(({ id }) => id);
}

function present(row: HealthCheckTable, { access }: Call): PresentedCheck {
  const isHealthy = row.status === 'healthy';
  return {
    health_check_id: row.check_id,
    model_id: row.model_id,
    model_name: row.model_name,
    model: row.provider_model,
    status: isHealthy ? 'healthy' : 'unhealthy',
    healthy_count: isHealthy ? 1 : 0,
    unhealthy_count: isHealthy ? 0 : 1,
    error_message: row.error,
    response_time_ms: row.response_ms,
    checked_at: new Date(row.checked_at).toISOString(),
    checked_by: access.reach === 'all' ? row.checked_by || null : null,
  };
}
