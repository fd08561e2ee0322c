import { implement, type Route } from '../../http/call.ts';
import type { InstanceState } from '../../http/health.ts';
import type { ModelDirectory, StoredModels } from '../models/index.ts';
import type { Parts } from '../parts.ts';
import {
  countTokens,
  getHealth,
  getReadinessDetails,
  listSupportedParams,
  type ProbeDeployment,
} from './get-health.ts';
import * as contract from './health.contract.ts';
import * as checks from './health-checks.contract.ts';
import { getLatestHealth, listHealthHistory } from './list-health-checks.ts';
import { type TryDeployment, testConnection } from './test-connection.ts';

/** What the data plane does for health. */
export interface Asking {
  readonly probe: ProbeDeployment;
  readonly tryDeployment: TryDeployment;
  /** Model requests that are being served. */
  readonly countInFlight: () => number;
}

/** The endpoints about the gateway itself. `routes` is every route of the control plane, once all are put together. */
export function modelHealthRoutes(
  parts: Parts,
  models: ModelDirectory,
  stored: StoredModels,
  asking: Asking,
  instance: InstanceState,
  routes: () => readonly Route[],
): Route[] {
  return [
    implement(contract.getHealth, (call, input) => getHealth(models, stored, asking.probe, call, input)),
    implement(checks.listHealthHistory, (call, input) => listHealthHistory(parts, models, call, input)),
    implement(checks.getLatestHealth, (call) => getLatestHealth(parts, models, call)),
    implement(checks.getBacklog, async () => ({ in_flight_requests: asking.countInFlight() })),
    implement(checks.testConnection, (_call, input) => testConnection(parts, asking.tryDeployment, input)),
    implement(contract.getReadinessDetails, () => getReadinessDetails(parts, instance)),
    implement(contract.countTokens, (call, input) => countTokens(models, call, input)),
    implement(contract.listSupportedParams, (call, input) => listSupportedParams(models, call, input.model)),
    implement(contract.listRoutes, async () => ({
      routes: routes().flatMap(({ endpoint }) =>
        [endpoint.path, ...endpoint.aliases].map((path) => ({
          path,
          methods: [endpoint.method],
          name: endpoint.summary,
          endpoint: endpoint.summary,
        })),
      ),
    })),
  ];
}
