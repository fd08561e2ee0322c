import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { blockModel } from './block-model.ts';
import { createModel, deleteModel, updateModel } from './change-models.ts';
import { getModelInfo, listModelGroups, pageModels } from './list-models.ts';
import type { ModelDirectory } from './model-directory.ts';
import * as contract from './models.contract.ts';
import type { StoredModels } from './stored-models.ts';

/** The endpoints that show and change what stands behind the models. */
export function modelManagementRoutes(parts: Parts, models: ModelDirectory, stored: StoredModels): Route[] {
  return [
    implement(contract.getModelInfo, (call, input) => getModelInfo(models, stored, call, input)),
    implement(contract.pageModels, (call, input) => pageModels(models, stored, call, input)),
    implement(contract.listModelGroups, (call, input) => listModelGroups(models, call, input)),
    implement(contract.createModel, (call, input) => createModel(parts, stored, call, input)),
    implement(contract.updateModel, (call, input) => {
      const id = input.model_info?.['id'];
      return updateModel(parts, stored, call, typeof id === 'string' && id !== '' ? id : null, input);
    }),
    implement(contract.patchModel, (call, input) => updateModel(parts, stored, call, input.model_id, input)),
    implement(contract.blockModel, (call, input) =>
      blockModel(parts, models, stored, call, { modelId: input.model_id, isBlocked: true }),
    ),
    implement(contract.unblockModel, (call, input) =>
      blockModel(parts, models, stored, call, { modelId: input.model_id, isBlocked: false }),
    ),
    implement(contract.deleteModel, (call, input) => deleteModel(parts, stored, call, input.id)),
  ];
}
