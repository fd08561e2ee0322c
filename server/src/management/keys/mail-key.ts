import type { Transaction } from 'kysely';
import type { Principal } from '../../access/principal.ts';
import { keyLink } from '../../http/console-links.contract.ts';
import { publicBaseUrl } from '../../http/public-base-url.ts';
import type { MailOutcome } from '../../mail/create-mail.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import type { KeyMail } from './key-mail.ts';
import type { KeyTable } from './keys.table.ts';

/** A key as its mails tell it, and who gets them. */
export interface DescribedKey {
  readonly data: KeyMail;
  /** The owner; for a key that belongs to a team alone, the team's admins. */
  readonly to: readonly { readonly email: string | null }[];
}

/**
 * What mails tell of a key.
 * @param baseUrl where the gateway is, as the request says that causes the mail; a job knows the public address only.
 */
export async function describeKeyForMail(
  tx: Transaction<Database>,
  parts: Parts,
  row: KeyTable,
  baseUrl: string | null = publicBaseUrl(parts.settings),
): Promise<DescribedKey> {
  const owner =
    row.user_id === null
      ? undefined
      : await tx.selectFrom('users').select('user_email').where('user_id', '=', row.user_id).executeTakeFirst();
  const team =
    row.team_id === null
      ? undefined
      : await tx.selectFrom('teams').select('team_alias').where('team_id', '=', row.team_id).executeTakeFirst();
  return {
    to:
      row.user_id === null && row.team_id !== null
        ? await adminsOf(tx, row.team_id)
        : [{ email: owner?.user_email ?? null }],
    data: {
      keyHash: row.key_hash,
      keyName: row.key_name,
      keyAlias: row.key_alias,
      userId: row.user_id,
      userEmail: owner?.user_email ?? null,
      teamId: row.team_id,
      teamAlias: team?.team_alias ?? null,
      maxBudgetNanoUsd: row.max_budget_nano_usd,
      budgetDuration: row.budget_duration,
      spendNanoUsd: row.spend_nano_usd,
      expiresAt: row.expires_at,
      timeZone: parts.settings.timezone,
      link: baseUrl === null ? null : keyLink(baseUrl, row.key_hash),
    },
  };
}

/** Those who answer for a team. */
export async function adminsOf(tx: Transaction<Database>, teamId: string): Promise<{ email: string | null }[]> {
  const rows = await tx
    .selectFrom('team_members')
    .innerJoin('users', 'users.user_id', 'team_members.user_id')
    .select('users.user_email as email')
    .where('team_members.team_id', '=', teamId)
    .where('team_members.role', '=', 'admin')
    .where('users.disabled_at', 'is', null)
    .orderBy('users.user_id')
    .limit(mostAdmins)
    .execute();
  return rows.filter(({ email }) => email !== null);
}

const mostAdmins = 20;

/** Tells of a new key: webhooks and Slack in any case, the owner where the caller asks for it. */
export async function mailCreatedKey(
  tx: Transaction<Database>,
  parts: Parts,
  key: { row: KeyTable; secret: string; baseUrl: string; sends: boolean },
): Promise<MailOutcome | null> {
  const { data, to } = await describeKeyForMail(tx, parts, key.row, key.baseUrl);
  const outcome = await parts.mail.enqueue(tx, {
    event: 'Virtual Key Created',
    to: key.sends ? to : [],
    data: { ...data, secret: parts.settings.mail.includesKeySecrets ? key.secret : null },
  });
  return key.sends ? outcome : null;
}

/** Tells the owner of a key that its secret was replaced. @param by null: the gateway did it, as planned. */
export async function mailRotatedKey(
  tx: Transaction<Database>,
  parts: Parts,
  key: { row: KeyTable; secret: string; baseUrl?: string; by: Principal | null; oldKeyEndsAt: number | null },
): Promise<void> {
  const { data, to } = await describeKeyForMail(tx, parts, key.row, key.baseUrl);
  await parts.mail.enqueue(tx, {
    event: 'Virtual Key Rotated',
    to,
    data: {
      ...data,
      secret: parts.settings.mail.includesKeySecrets ? key.secret : null,
      by: key.by === null ? null : await nameOf(tx, key.by, key.row.user_id),
      oldKeyEndsAt: key.oldKeyEndsAt,
    },
  });
}

async function nameOf(tx: Transaction<Database>, { userId }: Principal, ownerId: string | null): Promise<string> {
  if (userId === null) return 'Somebody with a key of the team';
  if (userId === ownerId) return 'You';
  const user = await tx
    .selectFrom('users')
    .select(['user_alias', 'user_email'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return user?.user_alias || user?.user_email || 'An admin';
}
