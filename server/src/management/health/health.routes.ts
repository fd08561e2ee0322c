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

/** The endpoints about the gateway itself. `routes` is every route of the control plane, once all are put together. */
export function modelHealthRoutes(
  parts: Parts,
  models: ModelDirectory,
  stored: StoredModels,
  probe: ProbeDeployment,
  instance: InstanceState,
  routes: () => readonly Route[],
): Route[] {
  return [
    implement(contract.getHealth, (call, input) => getHealth(models, stored, probe, call, input)),
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
