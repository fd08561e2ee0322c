import type { DeploymentSettings } from '../config/settings.ts';

/** Where providers that speak OpenAI's dialect are reached when a model names no `api_base`. */
const apiBases: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  mistral: 'https://api.mistral.ai/v1',
  groq: 'https://api.groq.com/openai/v1',
  deepseek: 'https://api.deepseek.com/v1',
  together_ai: 'https://api.together.xyz/v1',
  fireworks_ai: 'https://api.fireworks.ai/inference/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  xai: 'https://api.x.ai/v1',
  perplexity: 'https://api.perplexity.ai',
  cerebras: 'https://api.cerebras.ai/v1',
};

/** Providers that are reached through an `api_base` of one's own. */
const selfHosted = new Set([
  'hosted_vllm',
  'vllm',
  'lm_studio',
  'llamafile',
  'ollama',
  'openai_like',
  'custom_openai',
  'litellm_proxy',
]);

/** What can stand before the slash in `litellm_params.model`. */
export function supportedProviders(): string[] {
  return [...Object.keys(apiBases), ...selfHosted];
}

/** True for the name of a provider that speaks OpenAI's dialect. */
export function isSupportedProvider(provider: string): boolean {
  return Object.hasOwn(apiBases, provider) || selfHosted.has(provider);
}

/** The usual address of a provider; null when the model must name its own. */
export function defaultApiBase(provider: string): string | null {
  return apiBases[provider] ?? null;
}

/** Headers of a request to a deployment: its credential and what the configuration adds. */
export function upstreamHeaders(deployment: DeploymentSettings): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(deployment.apiKey === null ? {} : { authorization: `Bearer ${deployment.apiKey}` }),
    ...(deployment.organization === null ? {} : { 'openai-organization': deployment.organization }),
    ...deployment.extraHeaders,
  };
}
