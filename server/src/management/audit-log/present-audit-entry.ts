import type * as z from 'zod/mini';
import type { Access } from '../../access/principal.ts';
import type { AuditLogTable } from '../../audit/audit-log.table.ts';
import type { auditRow } from './audit-log.contract.ts';
import { tableNameOf } from './table-names.ts';

/** A change as the API shows it. */
export type PresentedAuditEntry = z.infer<typeof auditRow>;

/** Shows a change. With which key somebody else made it is for those alone who may see everything. */
export function presentAuditEntry(row: AuditLogTable, access: Access): PresentedAuditEntry {
  const seesKey = access.reach === 'all' || row.actor_user_id === access.principal.userId;
  return {
    id: row.audit_id,
    updated_at: new Date(row.happened_at).toISOString(),
    changed_by: row.actor_user_id,
    changed_by_api_key: seesKey ? row.actor_key_hash : '',
    action: row.action,
    table_name: tableNameOf(row.object_type),
    object_id: row.object_id,
    before_value: objectOrNull(row.before_json),
    updated_values: objectOrNull(row.after_json),
  };
}

/** Nothing is stored as an empty object. */
function objectOrNull(json: string): Record<string, unknown> | null {
  return json === '{}' ? null : (JSON.parse(json) as Record<string, unknown>);
}
