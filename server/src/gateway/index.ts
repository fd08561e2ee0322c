export { createUpstreams } from './call-upstream.ts';
export { createDeploymentChooser } from './choose-deployment.ts';
export { createTokenCounter } from './count-tokens.ts';
export { createGateway, type Gateway } from './create-gateway.ts';
export { modelRoutes } from './endpoints/models.routes.ts';
export { createCallerIdentifier } from './identify-caller.ts';
export { createModelCatalog } from './model-catalog.ts';
export { createModelDirectory } from './model-directory.ts';
export { createResponseCache } from './response-cache.ts';
