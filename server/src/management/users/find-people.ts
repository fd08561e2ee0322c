import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import type { findPeople as endpoint } from './users.contract.ts';
import { findPeopleWithin } from './users.store.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

const defaultPageSize = 50;

/** People for a picker: everybody for admins, oneself and the people of one's teams for all others. */
export async function findPeople(
  { storage }: Parts,
  { access }: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const limit = input.page_size ?? defaultPageSize;
  return findPeopleWithin(storage.db, access, {
    userIdContains: input.user_id?.trim() || null,
    emailContains: input.user_email?.trim() || null,
    limit,
    offset: ((input.page ?? 1) - 1) * limit,
  });
}
