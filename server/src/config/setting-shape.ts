import * as z from 'zod/mini';
import { configFile } from './config-file-shape.ts';
import type { SettableSection } from './configuration.ts';

/** The words of LiteLLM for what a setting is. */
export type SettingType = 'Integer' | 'Float' | 'Boolean' | 'String' | 'List' | 'Dictionary';

/** What a setting is. */
export function typeOfSetting(section: SettableSection, name: string): SettingType {
  const schema = membersOf(configFile.shape[section])?.[name];
  return schema === undefined ? 'String' : typeOf(withoutWrapping(schema));
}

/**
 * The first name within a value that the config file's shape does not know, such as `cache_params.tll`, with the names
 * that stand beside it; null: all are known.
 */
export function findUnknownName(
  section: SettableSection,
  name: string,
  value: unknown,
): { readonly path: string; readonly known: readonly string[] } | null {
  const schema = membersOf(configFile.shape[section])?.[name];
  return schema === undefined ? null : findUnknownIn(schema, name, value);
}

function findUnknownIn(schema: unknown, path: string, value: unknown): ReturnType<typeof findUnknownName> {
  const members = membersOf(schema);
  if (members === null || typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  for (const [name, member] of Object.entries(value)) {
    const inner = Object.hasOwn(members, name) ? members[name] : undefined;
    if (inner === undefined) return { path: `${path}.${name}`, known: Object.keys(members) };
    const found = findUnknownIn(inner, `${path}.${name}`, member);
    if (found) return found;
  }
  return null;
}

/** The schemas of an object's members; null for what is no object. */
function membersOf(schema: unknown): Readonly<Record<string, unknown>> | null {
  const inner = withoutWrapping(schema);
  return inner instanceof z.ZodMiniObject ? inner.shape : null;
}

function withoutWrapping(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodMiniOptional || inner instanceof z.ZodMiniNullable) inner = inner._zod.def.innerType;
  return inner;
}

function typeOf(schema: unknown): SettingType {
  if (schema instanceof z.ZodMiniNumberFormat) return 'Integer';
  if (schema instanceof z.ZodMiniNumber) return 'Float';
  if (schema instanceof z.ZodMiniBoolean) return 'Boolean';
  if (schema instanceof z.ZodMiniArray) return 'List';
  if (schema instanceof z.ZodMiniObject || schema instanceof z.ZodMiniRecord) return 'Dictionary';
  return 'String';
}
