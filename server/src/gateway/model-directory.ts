import type { ModelDirectory } from '../management/models/index.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { TokenCounter } from './count-tokens.ts';
import { keyOf } from './endpoints/models.routes.ts';
import { mayUseModel } from './model-access.ts';
import type { ModelCatalog } from './model-catalog.ts';

/** What the control plane is told about the models: the same catalog, and the same rules of access, as requests meet. */
export function createModelDirectory(parts: {
  storage: Storage;
  catalog: ModelCatalog;
  tokens: TokenCounter;
}): ModelDirectory {
  return {
    all: () => parts.catalog.all,
    deploymentsOf: (modelName) => parts.catalog.deploymentsOf(modelName),
    async accessOf(call) {
      const key = await keyOf(call, parts.storage);
      return (modelName) => key === null || mayUseModel(key, modelName);
    },
    countPrompt: (fields) => parts.tokens.countPrompt(fields),
  };
}
