import type { Transaction } from 'kysely';
import * as z from 'zod/mini';
import { type Access, masterPrincipal, masterUserId, type Principal } from '../../access/principal.ts';
import type { ChangeContext } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import { parseEmail } from '../../http/parse-email.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import type { Parts } from '../parts.ts';
import { passwordNotAccepted } from './create-user.ts';
import { insertUser } from './insert-user.ts';
import type { UserImportRowTable, UserImportTable } from './user-imports.table.ts';
import { createUser } from './users.contract.ts';
import { findUserIdByEmail } from './users.store.ts';
import { welcomeUser } from './welcome-user.ts';

/**
 * Adds one person of an import. Person, invitation and the note that it is done are one write: whatever ends the
 * process, and however many instances try, the person is added once. What is refused is noted in the row.
 * @throws only when not even that can be written.
 */
export async function importUserRow(
  parts: Parts,
  job: UserImportTable,
  row: Pick<UserImportRowTable, 'row_number' | 'input_json'>,
  onFailure: (error: unknown) => void,
): Promise<void> {
  try {
    await parts.changes.change(contextOf(job), async (tx) => {
      await claim(tx, parts, job, row.row_number);
      await checkStillAdmin(tx, job.created_by);
      const { email, input } = readRow(row.input_json);
      const { user, audit } = await insertUser(tx, parts, principalOf(job.created_by), input);
      const welcome = await welcomeUser(tx, parts, {
        user,
        createdBy: job.created_by,
        baseUrl: job.base_url,
        invites: job.invites === 1 || input.send_invite_email === true,
        sends: input.send_invite_email === true && job.base_url !== '',
      });
      await tx
        .updateTable('user_import_rows')
        .set({ user_email: email, user_id: user.user_id, invitation_id: welcome.invitation?.row.invitation_id ?? null })
        .where('import_id', '=', job.import_id)
        .where('row_number', '=', row.row_number)
        .execute();
      const [first, ...others] = audit;
      return { result: undefined, audit: [first, ...others, ...welcome.audit] };
    });
  } catch (error) {
    if (error === doneByAnother) return;
    if (!(error instanceof ApiError)) onFailure(error);
    await noteRefusal(parts, job, row, error);
  }
}

/** Leaves the transaction of a row that another instance has done in the meantime. */
const doneByAnother = new Error('The row was done by another instance.');

async function claim(tx: Transaction<Database>, parts: Parts, job: UserImportTable, rowNumber: number): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('user_import_rows')
    .set({ status: 'created', finished_at: parts.now() })
    .where('import_id', '=', job.import_id)
    .where('row_number', '=', rowNumber)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw doneByAnother;
}

/** Whoever has lost the right to add people since adds nobody any more. */
async function checkStillAdmin(tx: Transaction<Database>, userId: string): Promise<void> {
  if (userId === masterUserId) return;
  const actor = await tx
    .selectFrom('users')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('user_role', '=', 'proxy_admin')
    .where('disabled_at', 'is', null)
    .executeTakeFirst();
  if (!actor) throw new ApiError(403, `${userId}, who started this import, is no proxy_admin any more.`);
}

function readRow(json: string) {
  const parsed = z.safeParse(createUser.input ?? z.never(), JSON.parse(json));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ApiError(422, issue ? `${issue.path.map(String).join('.')}: ${issue.message}` : 'The row is not valid.');
  }
  if (parsed.data.password !== undefined) throw passwordNotAccepted();
  const email = parseEmail(parsed.data.user_email);
  if (email === null) throw new ApiError(422, 'user_email: an address is required.');
  // A key would have to be told to somebody, and nobody is listening.
  return { email, input: { ...parsed.data, auto_create_key: false } };
}

async function noteRefusal(
  parts: Parts,
  job: UserImportTable,
  row: Pick<UserImportRowTable, 'row_number' | 'input_json'>,
  error: unknown,
): Promise<void> {
  const { db } = parts.storage;
  const isConflict = isUniqueViolation(error) || (error instanceof ApiError && error.status === 409);
  const email = emailIn(row.input_json);
  const existing = isConflict && email !== null ? await findUserIdByEmail(db, everybody, email) : null;
  await db
    .updateTable('user_import_rows')
    .set({
      status: isConflict ? 'skipped' : 'failed',
      user_id: existing,
      error: messageFor(error, isConflict),
      finished_at: parts.now(),
    })
    .where('import_id', '=', job.import_id)
    .where('row_number', '=', row.row_number)
    .where('status', '=', 'pending')
    .execute();
}

/** Looking up whom a row stands for is the gateway's own reading. */
const everybody: Access = { principal: masterPrincipal, reach: 'all', roleReach: 'all' };

function emailIn(json: string): string | null {
  const { user_email } = JSON.parse(json) as { user_email?: unknown };
  return typeof user_email === 'string' ? user_email : null;
}

function messageFor(error: unknown, isConflict: boolean): string {
  if (error instanceof ApiError) return error.message;
  return isConflict ? 'The user exists already.' : 'The user could not be written. Import the row again.';
}

function contextOf(job: UserImportTable): ChangeContext {
  return { principal: principalOf(job.created_by), ip: job.ip, userAgent: job.user_agent, requestId: job.import_id };
}

/** Imports are started by admins only, and each row checks that their starter still is one. */
function principalOf(userId: string): Principal {
  return userId === masterUserId ? masterPrincipal : { ...masterPrincipal, kind: 'session', userId };
}
