import type { Kysely } from 'kysely';
import '../../audit/audit-log.table.ts';
import type { ChangedObject } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';

/** The newest changes of an object that are looked at. */
const changesRead = 200;

/**
 * Who gave a field of an object the value that it has.
 * @param place the object, and the field as the log names it.
 * @returns null when the log does not say: the change is too long ago, or was made before there was a log.
 */
export async function findSetter(
  db: Kysely<Database>,
  place: { readonly type: ChangedObject['type']; readonly id: string; readonly field: string },
): Promise<{ userId: string; at: number } | null> {
  const changes = await db
    .selectFrom('audit_log')
    .select(['actor_user_id', 'happened_at', 'before_json', 'after_json'])
    .where('object_type', '=', place.type)
    .where('object_id', '=', place.id)
    .orderBy('happened_at', 'desc')
    .limit(changesRead)
    .execute();
  const setter = changes.find((change) => valueIn(change.before_json, place) !== valueIn(change.after_json, place));
  return setter ? { userId: setter.actor_user_id, at: setter.happened_at } : null;
}

/** As text, so that objects compare by what they hold. */
function valueIn(json: string, { field }: { readonly field: string }): string {
  return JSON.stringify((JSON.parse(json) as Record<string, unknown>)[field] ?? null);
}
