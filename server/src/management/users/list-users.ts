import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { listUsersWithin, type UserSortColumn, userSortColumns } from './page-users.ts';
import { presentUser } from './present-user.ts';
import type { listUsers as endpoint } from './users.contract.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

const defaultPageSize = 25;
const maxPageSize = 100;

/**
 * One page of users, the newest first unless sorted otherwise.
 * @throws ApiError 400 for a sorting that does not exist, 422 for a page that cannot exist.
 */
export async function listUsers(parts: Parts, call: Call, input: Input): Promise<z.infer<(typeof endpoint)['result']>> {
  const page = wholeNumber('page', input.page ?? 1, Number.MAX_SAFE_INTEGER / maxPageSize);
  const pageSize = wholeNumber('page_size', input.page_size ?? defaultPageSize, maxPageSize);
  const ids = listOf(input.user_ids);
  const ssoIds = listOf(input.sso_user_ids);
  const organizationIds = listOf(input.organization_ids);
  const { users, total } = await listUsersWithin(parts.storage.db, call.access, {
    role: input.role ?? null,
    userIds: ids && ids.length > 1 ? ids : null,
    userIdContains: ids?.length === 1 ? (ids[0] ?? null) : null,
    ssoUserIds: ssoIds?.length ? ssoIds : null,
    emailContains: input.user_email?.trim() || null,
    search: input.search?.trim() || null,
    teamId: input.team || null,
    organizationIds: organizationIds?.length ? organizationIds : null,
    ...sortingOf(input),
    limit: pageSize,
    offset: (page - 1) * pageSize,
  });
  const now = parts.now();
  return {
    users: users.map((user) => ({ ...presentUser(user, now), key_count: user.key_count })),
    total,
    page,
    page_size: pageSize,
    total_pages: Math.ceil(total / pageSize),
  };
}

/** The ids of a list with commas. */
function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

function sortingOf({ sort_by, sort_order }: Input): { sortBy: UserSortColumn; sortOrder: 'asc' | 'desc' } {
  const sortOrder = sort_order?.toLowerCase() || (sort_by ? 'asc' : 'desc');
  if (sortOrder !== 'asc' && sortOrder !== 'desc') {
    throw new ApiError(400, `Invalid sort_order '${sort_order}'. Must be 'asc' or 'desc'.`);
  }
  if (!sort_by) return { sortBy: 'created_at', sortOrder };
  const sortBy = userSortColumns.find((column) => column === sort_by);
  if (!sortBy) throw new ApiError(400, `Invalid sort_by '${sort_by}'. Must be one of: ${userSortColumns.join(', ')}.`);
  return { sortBy, sortOrder };
}

function wholeNumber(name: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  const msg = `must be a whole number from 1${max === maxPageSize ? ` to ${max}` : ''}`;
  throw new ApiError(422, `${name}: ${msg}`, {
    type: 'validation_error',
    detail: [{ type: 'out_of_range', loc: ['query', name], msg }],
  });
}
