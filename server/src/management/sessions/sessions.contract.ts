import * as z from 'zod/mini';
import { roles } from '../../access/permissions.contract.ts';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, newId } from '../../http/fields.contract.ts';

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
    capabilities: z.record(z.string(), z.enum(['own', 'team', 'organization', 'all'])),
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

/** `GET /session/list`: where a person is signed in. Admins may name somebody else. */
export const listSessions = defineEndpoint({
  method: 'GET',
  path: '/session/list',
  summary: 'Where one is signed in',
  permission: 'session:read',
  query: z.object({ user_id: z.optional(z.string()) }),
  result: z.object({
    sessions: z.array(
      z.object({
        /** SHA-256 of the session's token: names the session, and is no credential. */
        session_id: z.string(),
        user_id: z.string(),
        is_current: z.boolean(),
        login_method: z.string(),
        created_at: instant,
        last_seen_at: instant,
        expires_at: instant,
        ip: z.string(),
        user_agent: z.string(),
      }),
    ),
  }),
});

/** `POST /session/end`. */
export const endSession = defineEndpoint({
  method: 'POST',
  path: '/session/end',
  summary: 'End one session',
  permission: 'session:end',
  body: z.object({ session_id: z.string() }),
  result: z.object({ ended: z.number() }),
});

/** `POST /session/end_all`: signs out everywhere. */
export const endAllSessions = defineEndpoint({
  method: 'POST',
  path: '/session/end_all',
  summary: 'Sign out everywhere, or everywhere else with keep_current',
  permission: 'session:end',
  body: z.object({ user_id: z.optional(newId), keep_current: z.optional(z.boolean()) }),
  result: z.object({ ended: z.number() }),
});
