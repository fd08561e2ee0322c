import type { Kysely } from 'kysely';
import type { Changes } from '../../audit/change.ts';
import type { DeploymentSettings, Settings } from '../../config/settings.ts';
import type { Database } from '../../storage/database.ts';
import type { Storage } from '../../storage/open-storage.ts';
import './blocked-models.table.ts';
import './models.table.ts';
import { deploymentOfStored } from './read-entry.ts';
import { openModel } from './seal-params.ts';

/** The models of the database on this instance, served beside those of the config file. */
export interface StoredModels {
  /** Whether the model is one of the database. */
  has(modelId: string): boolean;
  /** Whether the model is out of service, wherever it comes from. */
  isBlocked(modelId: string): boolean;
  /** Reads the models again and serves what has changed; at once after a change of this instance. */
  reload(): Promise<void>;
  close(): void;
}

/** How soon changes of other instances are seen that are not heard of. */
const pollAtLeastEveryMs = 10_000;

/**
 * Reads the models of the database and keeps reading them.
 * @param options.serve replaces the models that are served: the config file's, then the database's; and says which of them are blocked.
 * @param options.onUnreadable told of models that cannot be served; they are left out.
 */
export async function openStoredModels(options: {
  storage: Storage;
  settings: Settings;
  changes: Changes;
  serve: (models: readonly DeploymentSettings[], blockedIds: ReadonlySet<string>) => void;
  onUnreadable: (error: unknown, modelId: string) => void;
  onFailure: (error: unknown) => void;
}): Promise<StoredModels> {
  const { storage, settings } = options;
  let ids: ReadonlySet<string> = new Set();
  let blockedIds: ReadonlySet<string> = new Set();
  let version = '[[],[]]';
  let configuredBefore = settings.models;
  let reading: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    const found = await readVersion(storage.db);
    // The timeout of models that name none can be exchanged too.
    if (found === version && settings.models === configuredBefore) return;
    const blocked = await storage.db.selectFrom('blocked_models').select('model_id').execute();
    const rows = await storage.db.selectFrom('models').selectAll().orderBy('created_at').orderBy('model_id').execute();
    const deployments: DeploymentSettings[] = [];
    for (const row of rows) {
      try {
        deployments.push(deploymentOfStored(openModel(settings.saltKey, row), settings));
      } catch (error) {
        options.onUnreadable(error, row.model_id);
      }
    }
    // The built-in demo stands in only while there is nothing else for everybody.
    const hasModels = deployments.some(({ teamId }) => teamId === null);
    const configured = settings.demoMode && hasModels ? [] : settings.models;
    blockedIds = new Set(blocked.map((row) => row.model_id));
    options.serve([...configured, ...deployments], blockedIds);
    ids = new Set(rows.map((row) => row.model_id));
    version = found;
    configuredBefore = settings.models;
  }

  /** One reading at a time, so that an older one cannot replace a newer one. */
  function reload(): Promise<void> {
    reading = reading.catch(() => undefined).then(read);
    return reading;
  }

  await reload();
  const reloadSoon = () => {
    reload().catch(options.onFailure);
  };
  // Who changes a model here reloads it before answering; those of a deleted team are only heard of.
  options.changes.onChange((object) => {
    if (object.type === 'model') reloadSoon();
  });
  options.changes.onMissed(reloadSoon);
  const timer = setInterval(reloadSoon, Math.min(pollAtLeastEveryMs, settings.recordsStaleAfterMs));
  timer.unref();
  return {
    has: (modelId) => ids.has(modelId),
    isBlocked: (modelId) => blockedIds.has(modelId),
    reload,
    close: () => clearInterval(timer),
  };
}

/** Those of the deployments that are models of the database. */
export async function findStoredModels(db: Kysely<Database>, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('models')
    .select('model_id')
    .where('model_id', 'in', [...new Set(ids)])
    .execute();
  return new Set(rows.map((row) => row.model_id));
}

async function readVersion(db: Kysely<Database>): Promise<string> {
  const rows = await db.selectFrom('models').select(['model_id', 'updated_at']).orderBy('model_id').execute();
  const blocked = await db.selectFrom('blocked_models').select('model_id').orderBy('model_id').execute();
  return JSON.stringify([rows.map((row) => [row.model_id, row.updated_at]), blocked.map((row) => row.model_id)]);
}
