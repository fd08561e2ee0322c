import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from 'yaml';
import * as z from 'zod/mini';
import { isSupportedProvider } from '../providers/openai-compatible.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFile, configFile } from './config-file-shape.ts';
import { misspeltProvider } from './load-configured-budgets.ts';

/** A config file with what was found in it that this version does not act on. */
export interface ReadConfigFile {
  readonly config: ConfigFile;
  readonly ignored: readonly string[];
}

/** Sections that LiteLLM's files may have and that this version leaves alone. */
const otherSections = new Set([
  'guardrails',
  'mcp_servers',
  'credential_list',
  'vector_store_registry',
  'prompts',
  'callback_settings',
  'assistant_settings',
  'finetune_settings',
  'files_settings',
  'search_tools',
  'agent_list',
  'policies',
]);

/**
 * Reads and checks a config file. `os.environ/NAME` values are replaced from the environment.
 * @throws ConfigError with file, line, what is wrong and what would be right; all problems at once.
 */
export function readConfigFile(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): ReadConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(
      `The config file ${path} cannot be read (${cause instanceof Error ? cause.message : String(cause)}). Check --config or LATCHKEY_CONFIG.`,
      { cause },
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const where = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const problems: { readonly at: number; readonly text: string }[] = [];
  const found = (at: number | undefined, text: string) => problems.push({ at: at ?? 0, text });
  const throwFound = () => {
    if (problems.length === 0) return;
    const inOrder = problems.sort((one, other) => one.at - other.at);
    throw new ConfigError(inOrder.map(({ at, text }) => `${where(at)}: ${text}`).join('\n'));
  };
  for (const error of document.errors) found(error.pos[0], error.message);
  throwFound();
  if (document.contents === null) return { config: {}, ignored: [] };
  if (!isMap(document.contents))
    throw new ConfigError(`${where(0)}: the file must be a map with sections such as model_list and general_settings`);

  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !node.value.startsWith('os.environ/')) return;
      const name = node.value.slice('os.environ/'.length);
      const value = environment[name] ?? ownVariable(document, name);
      if (value === undefined)
        found(
          node.range?.[0],
          `the environment variable ${name} is not set. Set it (or put it in .env), or write the value here.`,
        );
      else node.value = value;
    },
  });
  const ignored: string[] = [];
  for (const { key } of document.contents.items) {
    if (!isScalar(key) || Object.hasOwn(configFile.shape, String(key.value))) continue;
    const name = String(key.value);
    if (otherSections.has(name)) ignored.push(name);
    else {
      found(
        key.range?.[0],
        `there is no section '${name}'. Known sections: ${Object.keys(configFile.shape).join(', ')}.`,
      );
    }
  }
  const value: unknown = document.toJS();
  const parsed = z.safeParse(configFile, value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const node = nearestNode(document.contents, issue.path);
      found(node?.range?.[0], `${issue.path.map(String).join('.')} ${wording(issue, !document.hasIn(issue.path))}`);
    }
  }
  const config = parsed.data ?? {};
  const providers = Object.keys(config.router_settings?.provider_budget_config ?? {});
  for (const name of providers) {
    const meant = misspeltProvider(name);
    if (meant === null) continue;
    const path = ['router_settings', 'provider_budget_config'];
    const would = `would hold nothing, since there is no provider '${name}'. Did you mean '${meant}'?`;
    found(offsetOfKey(document, path, name), `${path.join('.')}.${name} ${would}`);
  }
  throwFound();
  for (const section of ['litellm_settings', 'general_settings', 'router_settings'] as const) {
    const known = sectionKeys[section];
    for (const name of Object.keys(config[section] ?? {})) if (!known.has(name)) ignored.push(`${section}.${name}`);
  }
  for (const name of providers) {
    if (!isSupportedProvider(name)) ignored.push(`router_settings.provider_budget_config.${name}`);
  }
  return { config, ignored };
}

/** A variable that the file itself sets under `environment_variables`. */
function ownVariable(document: Document, name: string): string | undefined {
  const value: unknown = document.getIn(['environment_variables', name]);
  return value === undefined || value === null ? undefined : String(value);
}

/** Where the name of an entry stands. */
function offsetOfKey(document: Document, path: readonly string[], name: string): number | undefined {
  const map: unknown = document.getIn(path, true);
  const pair = isMap(map) ? map.items.find(({ key }) => isScalar(key) && String(key.value) === name) : undefined;
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}

function keysOf(schema: unknown): Set<string> {
  // The sections are optional and nullable objects: unwrap to the object inside.
  let inner = schema as { shape?: Record<string, unknown>; _zod?: { def?: { innerType?: unknown } } };
  while (inner.shape === undefined && inner._zod?.def?.innerType !== undefined)
    inner = inner._zod.def.innerType as typeof inner;
  return new Set(Object.keys(inner.shape ?? {}));
}

const sectionKeys = {
  litellm_settings: keysOf(configFile.shape.litellm_settings),
  general_settings: keysOf(configFile.shape.general_settings),
  router_settings: keysOf(configFile.shape.router_settings),
};

function nearestNode(root: Node, path: readonly PropertyKey[]): Node | null {
  let node: Node = root;
  for (const part of path) {
    const next: unknown =
      'get' in node && typeof node.get === 'function'
        ? node.get(typeof part === 'symbol' ? String(part) : part, true)
        : undefined;
    if (typeof next !== 'object' || next === null || !('range' in next)) return node;
    node = next as Node;
  }
  return node;
}

/** What a value must be, for people who write YAML. */
const inWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of names and values',
  record: 'a map of names and values',
};

/** What is wrong with a value, after its name. @param isMissing whether nothing stands there at all. */
export function wording(issue: z.core.$ZodIssue, isMissing: boolean): string {
  // Words that the shape itself has for a value are better than any made here.
  if (issue.message !== 'Invalid input') return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `${isMissing ? 'is missing; it ' : ''}must be ${inWords[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_union':
      return 'must be a text, a number, or true or false';
    default:
      return issue.message;
  }
}
