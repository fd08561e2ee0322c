import * as z from 'zod/mini';
import { roles } from '../../access/permissions.contract.ts';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant } from '../../http/fields.contract.ts';

/** `GET /ui/session`: all that the console needs to know about the person in front of it. */
export const getSession = defineEndpoint({
  method: 'GET',
  path: '/ui/session',
  summary: 'The signed-in person, what they may do, and how the gateway is set up',
  permission: 'signed-in',
  result: z.object({
    user: z.object({
      user_id: z.string(),
      user_email: z.nullable(z.string()),
      user_alias: z.nullable(z.string()),
    }),
    role: z.enum(roles),
    /** Permission to reach; a permission that is missing is not granted. */
    capabilities: z.record(z.string(), z.enum(['own', 'team', 'all'])),
    teams: z.array(
      z.object({ team_id: z.string(), team_alias: z.nullable(z.string()), role: z.enum(['admin', 'user']) }),
    ),
    /** True when the person signed in with the master credentials and has no password of their own. */
    is_master: z.boolean(),
    password_reset_required: z.boolean(),
    /** The address for SDKs, ending in /v1. */
    base_url: z.string(),
    /** Send back as `x-csrf-token` with everything that changes something. */
    csrf_token: z.string(),
    session_expires_at: instant,
    version: z.string(),
    /** True while only the built-in demo model exists. */
    demo_mode: z.boolean(),
    cache_enabled: z.boolean(),
    password_policy: z.object({ min_length: z.number(), rules: z.array(z.string()) }),
  }),
});
