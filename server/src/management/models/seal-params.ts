import { seal, unseal } from '../../storage/seal.ts';

/** Seals the parameters of a model, its credentials among them, for the model's row. @param saltKey `Settings.saltKey`. */
export function sealParams(saltKey: string, modelId: string, params: Readonly<Record<string, unknown>>): string {
  return seal({ saltKey, purpose: 'model parameters', id: modelId }, params);
}

/** Opens what `sealParams` made. @throws Error when key, id or text is another. */
export function openParams(saltKey: string, modelId: string, text: string): Record<string, unknown> {
  return unseal({ saltKey, purpose: 'model parameters', id: modelId }, text) as Record<string, unknown>;
}
