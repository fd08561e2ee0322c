import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { endAllSessions, endSession } from './end-sessions.ts';
import { getSession } from './get-session.ts';
import { listSessions } from './list-sessions.ts';
import * as contract from './sessions.contract.ts';

/** The endpoints about the caller's own session, and about where people are signed in. */
export function sessionRoutes(parts: Parts): Route[] {
  return [
    implement(contract.getSession, (call) => getSession(parts, call)),
    implement(contract.listSessions, (call, input) => listSessions(parts, call, input)),
    implement(contract.endSession, (call, input) => endSession(parts, call, input)),
    implement(contract.endAllSessions, (call, input) => endAllSessions(parts, call, input)),
  ];
}
