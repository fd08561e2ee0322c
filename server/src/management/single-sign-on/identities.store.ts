import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import type { ConfirmedPerson } from './read-person.ts';
import './single-sign-on.table.ts';
import type { UserIdentityTable } from './single-sign-on.table.ts';

/** The identity of a person whom this provider has confirmed before; null the first time. */
export async function findIdentity(
  db: Kysely<Database>,
  { issuer, subject }: Pick<ConfirmedPerson, 'issuer' | 'subject'>,
): Promise<UserIdentityTable | null> {
  const row = await db
    .selectFrom('user_identities')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row ?? null;
}

/** Keeps what the provider has said at this sign-in, for the next one. */
export async function writeIdentity(
  db: Kysely<Database>,
  parts: Parts,
  person: ConfirmedPerson,
  { userId, mappedTeamIds }: { userId: string; mappedTeamIds: readonly string[] },
): Promise<void> {
  const now = parts.now();
  const said = {
    provider: person.provider,
    email: person.emailVerified ? person.email : null,
    mapped_role: person.role,
    mapped_team_ids: JSON.stringify(mappedTeamIds),
    last_used_at: now,
  };
  const { numUpdatedRows } = await db
    .updateTable('user_identities')
    .set(said)
    .where('issuer', '=', person.issuer)
    .where('subject', '=', person.subject)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  await db
    .insertInto('user_identities')
    .values({ ...said, issuer: person.issuer, subject: person.subject, user_id: userId, created_at: now })
    .execute();
}
