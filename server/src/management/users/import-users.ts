import { createHash, randomUUID } from 'node:crypto';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import type { Parts } from '../parts.ts';
import { presentUserImport, type UserImportResult } from './present-user-import.ts';
import type { importUsers as endpoint } from './user-imports.contract.ts';
import './user-imports.table.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

const rowsAtATime = 500;

/**
 * Takes a list of people down; they are added in the background, and how far that is can be asked at any time. A
 * list under an `idempotency_key` that the caller has used before is not taken again: the answer tells about the
 * first one.
 * @throws ApiError 409 when the key was used for another list.
 */
export async function importUsers(parts: Parts, call: Call, input: Input): Promise<UserImportResult> {
  const importId = randomUUID();
  const createdBy = call.principal.userId ?? '';
  const idempotencyKey = input.idempotency_key ?? importId;
  const invites = input.create_invitations ?? true;
  const contentHash = createHash('sha256')
    .update(JSON.stringify([input.users, invites]))
    .digest('hex');
  const earlier = await findEarlier(parts, createdBy, idempotencyKey, contentHash);
  if (earlier) return earlier;
  try {
    await parts.changes.change(call.context, async (tx) => {
      await tx
        .insertInto('user_imports')
        .values({
          import_id: importId,
          idempotency_key: idempotencyKey,
          content_hash: contentHash,
          invites: invites ? 1 : 0,
          row_count: input.users.length,
          created_at: parts.now(),
          created_by: createdBy,
          ip: call.ip,
          user_agent: call.userAgent.slice(0, 400),
          base_url: call.baseUrl,
          finished_at: null,
        })
        .execute();
      for (let start = 0; start < input.users.length; start += rowsAtATime) {
        const rows = input.users.slice(start, start + rowsAtATime).map((user, at) => ({
          import_id: importId,
          row_number: start + at + 1,
          input_json: JSON.stringify(user),
          status: 'pending' as const,
          user_email: typeof user['user_email'] === 'string' ? user['user_email'].slice(0, 320) : null,
          user_id: null,
          invitation_id: null,
          error: null,
          finished_at: null,
        }));
        await tx.insertInto('user_import_rows').values(rows).execute();
      }
      const after = { users: input.users.length, create_invitations: invites };
      return {
        result: undefined,
        audit: { action: 'created', object: { type: 'user-import', id: importId }, after },
      };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // The same list came a second time at the same moment.
    const other = await findEarlier(parts, createdBy, idempotencyKey, contentHash);
    if (!other) throw error;
    return other;
  }
  return presentUserImport(parts.storage.db, importId);
}

async function findEarlier(
  parts: Parts,
  createdBy: string,
  idempotencyKey: string,
  contentHash: string,
): Promise<UserImportResult | null> {
  const row = await parts.storage.db
    .selectFrom('user_imports')
    .select(['import_id', 'content_hash'])
    .where('created_by', '=', createdBy)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirst();
  if (!row) return null;
  if (row.content_hash === contentHash) return presentUserImport(parts.storage.db, row.import_id);
  throw new ApiError(
    409,
    `idempotency_key '${idempotencyKey}' was used for another list, import ${row.import_id}. Nobody was added. Send this list under a key of its own.`,
  );
}
