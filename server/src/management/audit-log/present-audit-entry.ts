import type * as z from 'zod/mini';
import type { Access } from '../../access/principal.ts';
import type { auditRow } from './audit-log.contract.ts';
import type { NamedAuditRow } from './audit-log.store.ts';
import { tableNameOf } from './table-names.ts';

/** A change as the API shows it. */
export type PresentedAuditEntry = z.infer<typeof auditRow>;

/** Shows a change. Who somebody else is, where they were and with which key is for those alone who may see everything. */
export function presentAuditEntry(row: NamedAuditRow, access: Access): PresentedAuditEntry {
  const seesActor = access.reach === 'all' || row.actor_user_id === access.principal.userId;
  return {
    id: row.audit_id,
    updated_at: new Date(row.happened_at).toISOString(),
    changed_by: row.actor_user_id,
    changed_by_api_key: seesActor ? row.actor_key_hash : '',
    action: row.action,
    table_name: tableNameOf(row.object_type),
    object_id: row.object_id,
    before_value: objectOrNull(row.before_json),
    updated_values: objectOrNull(row.after_json),
    changed_by_email: seesActor ? row.actor_email : null,
    ip: seesActor ? row.ip : '',
    user_agent: seesActor ? row.user_agent : '',
    request_id: seesActor ? row.request_id : '',
  };
}

/** Nothing is stored as an empty object. */
function objectOrNull(json: string): Record<string, unknown> | null {
  return json === '{}' ? null : (JSON.parse(json) as Record<string, unknown>);
}
