export type { AskedModels, CallersModels, ModelDirectory, PricedDeployment } from './model-directory.ts';
export { modelManagementRoutes } from './models.routes.ts';
export { withoutCredentials } from './present-model.ts';
export { checkModel, deploymentOfStored } from './read-entry.ts';
export { findStoredModels, openStoredModels, type StoredModels } from './stored-models.ts';
