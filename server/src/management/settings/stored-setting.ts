import type { Kysely, Transaction } from 'kysely';
import type { ChangeContext } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import './config.table.ts';

/** Reads what is stored under a name; `{}` when nobody has set anything. */
export async function readSetting(db: Kysely<Database>, name: string): Promise<string> {
  const row = await db.selectFrom('config').select('param_value').where('param_name', '=', name).executeTakeFirst();
  return row?.param_value ?? '{}';
}

/** Reads what is stored under a name, `{}` the first time, so that nobody else changes it until the write is over. */
export async function lockSetting(
  tx: Transaction<Database>,
  parts: Pick<Parts, 'now'>,
  context: ChangeContext,
  name: string,
): Promise<string> {
  const actor = context.principal.userId ?? '';
  await tx
    .insertInto('config')
    .values({ param_name: name, param_value: '{}', updated_at: parts.now(), updated_by: actor })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await tx
    .updateTable('config')
    .set(({ ref }) => ({ updated_at: ref('config.updated_at') }))
    .where('param_name', '=', name)
    .returning('param_value')
    .executeTakeFirstOrThrow();
  return row.param_value;
}

/** Replaces what is stored under a name that is locked. */
export async function writeSetting(
  tx: Transaction<Database>,
  parts: Pick<Parts, 'now'>,
  context: ChangeContext,
  setting: { readonly name: string; readonly value: string },
): Promise<void> {
  await tx
    .updateTable('config')
    .set({ param_value: setting.value, updated_at: parts.now(), updated_by: context.principal.userId ?? '' })
    .where('param_name', '=', setting.name)
    .execute();
}
