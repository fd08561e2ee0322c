export type { ModelDirectory, PricedDeployment } from './model-directory.ts';
