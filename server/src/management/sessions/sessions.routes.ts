import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { getSession } from './get-session.ts';
import * as contract from './sessions.contract.ts';

/** The endpoints about the caller's own session. */
export function sessionRoutes(parts: Parts): Route[] {
  return [implement(contract.getSession, (call) => getSession(parts, call))];
}
