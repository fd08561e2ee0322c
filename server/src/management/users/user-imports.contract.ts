import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, jsonObject, maybe, numberInQuery } from '../../http/fields.contract.ts';

/** The most people in one list. */
export const mostImportedUsers = 5_000;

const importResult = z.object({
  import_id: z.string(),
  idempotency_key: z.string(),
  status: z.enum(['running', 'finished']),
  created_by: z.string(),
  created_at: instant,
  finished_at: z.nullable(instant),
  total: z.number(),
  pending: z.number(),
  created: z.number(),
  /** People who were there already; nothing about them was changed. */
  skipped: z.number(),
  failed: z.number(),
  page: z.number(),
  page_size: z.number(),
  total_pages: z.number(),
  rows: z.array(
    z.object({
      row: z.number(),
      status: z.enum(['pending', 'created', 'skipped', 'failed']),
      user_email: z.nullable(z.string()),
      user_id: z.nullable(z.string()),
      /** Whoever has it can set the person's first password: treat it as a secret. */
      invitation_id: z.nullable(z.string()),
      error: z.nullable(z.string()),
    }),
  ),
});

/**
 * `POST /user/import`: adds many people in the background. Each of `users` has the fields of `/user/new`, with
 * `user_email` required; nobody gets a key. Sending the same `idempotency_key` again starts nothing.
 */
export const importUsers = defineEndpoint({
  method: 'POST',
  path: '/user/import',
  summary: 'Add many users in the background, each with an invitation',
  permission: 'user:import',
  errorShape: 'detail',
  body: z.object({
    users: z
      .array(jsonObject)
      .check(
        z.minLength(1, 'name at least one user'),
        z.maxLength(mostImportedUsers, `at most ${mostImportedUsers} users at a time; send the rest in another list`),
      ),
    create_invitations: z.optional(z.boolean()),
    idempotency_key: maybe(z.string().check(z.minLength(1), z.maxLength(200))),
  }),
  result: importResult,
});

/** `GET /user/import/{import_id}`: how far a list is, and what became of each person. */
export const getUserImport = defineEndpoint({
  method: 'GET',
  path: '/user/import/{import_id}',
  summary: 'What became of the people of an import',
  permission: 'user:import',
  errorShape: 'detail',
  query: z.object({
    import_id: z.string(),
    page: z.optional(numberInQuery.check(z.minimum(1), z.multipleOf(1), z.maximum(mostImportedUsers))),
    page_size: z.optional(numberInQuery.check(z.minimum(1), z.multipleOf(1), z.maximum(1_000))),
  }),
  result: importResult,
});
