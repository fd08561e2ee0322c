import type { Kysely, Transaction } from 'kysely';
import type { ChangeContext } from '../../audit/change.ts';
import { type SectionValues, type SettableSection, settableSections } from '../../config/configuration.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import '../settings/config.table.ts';
import { lockSetting } from '../settings/index.ts';

/** What is stored of all sections, as one text: the same text means that nothing has changed. */
export async function readStoredTexts(db: Kysely<Database>): Promise<Readonly<Record<string, string>>> {
  const rows = await db
    .selectFrom('config')
    .select(['param_name', 'param_value'])
    .where('param_name', 'in', settableSections)
    .orderBy('param_name')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.param_name, row.param_value]));
}

/** What was set through the API, by section and name. */
export async function readStoredConfig(db: Kysely<Database>): Promise<SectionValues> {
  return parseStoredTexts(await readStoredTexts(db));
}

/** Reads what `readStoredTexts` found. */
export function parseStoredTexts(texts: Readonly<Record<string, string>>): SectionValues {
  const read = (section: SettableSection) => JSON.parse(texts[section] ?? '{}') as Record<string, unknown>;
  return {
    general_settings: read('general_settings'),
    litellm_settings: read('litellm_settings'),
    router_settings: read('router_settings'),
  };
}

/** The same, so that nobody else changes any of it until the write is over: values of one section bear on another. */
export async function lockStoredConfig(
  tx: Transaction<Database>,
  parts: Pick<Parts, 'now'>,
  context: ChangeContext,
): Promise<SectionValues> {
  const texts: Record<string, string> = {};
  // Always in the same order, or two writes could wait for each other.
  for (const section of settableSections) texts[section] = await lockSetting(tx, parts, context, section);
  return parseStoredTexts(texts);
}
