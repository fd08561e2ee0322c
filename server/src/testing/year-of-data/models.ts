/** The models that the keys use, the most popular first: name, provider, provider's name. */
export const models = [
  ['gpt-5.5', 'openai', 'gpt-5.5-2026-01-15'],
  ['claude-sonnet', 'anthropic', 'claude-sonnet-4-7'],
  ['gpt-5.5-mini', 'openai', 'gpt-5.5-mini-2026-01-15'],
  ['gemini-flash', 'gemini', 'gemini-3-flash'],
  ['claude-opus', 'anthropic', 'claude-opus-4-7'],
  ['embedding-small', 'openai', 'text-embedding-3-small'],
  ['llama-70b', 'bedrock', 'meta.llama3-3-70b-instruct-v1:0'],
  ['gemini-pro', 'gemini', 'gemini-3-pro'],
  ['mistral-large', 'azure', 'mistral-large-2511'],
  ['deepseek', 'openai', 'deepseek-v4'],
  ['qwen-coder', 'openai', 'qwen3-coder'],
  ['claude-haiku', 'anthropic', 'claude-haiku-4-5'],
] as const;
