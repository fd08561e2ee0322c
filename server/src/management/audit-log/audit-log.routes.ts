import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import * as contract from './audit-log.contract.ts';
import { exportAuditLog } from './export-audit-log.ts';
import { getAuditEntry } from './get-audit-entry.ts';
import { listAuditLog } from './list-audit-log.ts';

/** The endpoints that read the audit log. */
export function auditLogRoutes(parts: Parts): Route[] {
  return [
    implement(contract.listAuditLog, (call, input) => listAuditLog(parts, call, input)),
    implement(contract.exportAuditLog, (call, input) => exportAuditLog(parts, call, input)),
    implement(contract.getAuditEntry, (call, input) => getAuditEntry(parts, call, input)),
  ];
}
