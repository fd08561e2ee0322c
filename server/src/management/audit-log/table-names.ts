import type { ChangedObject } from '../../audit/change.ts';
import { auditTables } from './audit-log.contract.ts';

const tableNames: Readonly<Record<ChangedObject['type'], string>> = auditTables;

/** The name of the table that holds such an object. A type that an older version wrote stays as it is. */
export function tableNameOf(objectType: string): string {
  return Object.hasOwn(tableNames, objectType) ? tableNames[objectType as ChangedObject['type']] : objectType;
}

/** What the table holds. A name that nobody knows stands for itself, and then nothing is found. */
export function objectTypeOf(tableName: string): string {
  return Object.entries(tableNames).find(([, name]) => name === tableName)?.[0] ?? tableName;
}
