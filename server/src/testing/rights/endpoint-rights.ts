import type { World } from './build-world.ts';
import { type Caller, columns } from './callers.ts';
import type { ObjectKind, Relation, Thing } from './relations.ts';

/** `ok`: served. `hidden`: served, as if the thing were not there. Else the status of the refusal. */
export type Outcome = 'ok' | 'hidden' | number;

/** What becomes of a column's calls: the same for all things, or by what the thing is to the caller. */
export type Cell =
  | Outcome
  | ({ readonly [Kind in 'ok' | 'hidden' | 400 | 401 | 403 | 404]?: readonly Relation[] } & { readonly else: Outcome });

/**
 * The cells of proxy_admin, proxy_admin_viewer, internal_user, internal_user_viewer, a key without a user's row, and
 * admins of organizations. Without the last two an organization makes no difference: who administers one is served by
 * their own role, as an admin of its teams.
 */
export type Row = readonly [...RoleCells, orgAdmin?: Cell, viewingOrgAdmin?: Cell];

/** The cells of a row in which organizations make no difference. */
export type RoleCells = readonly [admin: Cell, viewerOfAll: Cell, user: Cell, viewer: Cell, rowless: Cell];

/** Who may call an endpoint on what, and how. An endpoint may be aimed at several kinds of things: then it has several. */
export interface EndpointRights {
  /** Method and path, as declared. */
  readonly endpoint: string;
  /** What the call is aimed at. */
  readonly on: ObjectKind;
  readonly rights: Row;
  /** A call that an admin of the gateway makes with success. */
  readonly input: (thing: Thing, world: World) => Readonly<Record<string, unknown>>;
  /** Only the master key, or only sessions: every other credential with any right gets this status. */
  readonly only?: { readonly kind: Caller['kind']; readonly otherwise: number; readonly exceptAdmins?: true };
  /** Answers without any credential. */
  readonly isPublic?: true;
  /** Who sends the id proves a right by that: an invitation tells its holder about itself. */
  readonly idIsCredential?: true;
  /** Tables that a refusal writes to: failed sign-ins are counted. */
  readonly refusalWrites?: readonly string[];
  /** Tables that a read writes to when it is served: what a health check has found is kept. */
  readonly servedWrites?: readonly string[];
  /** Takes many things and says of each by itself what became of it: the answer as a whole is 200. */
  readonly tellsOfEach?: true;
}

/** What the statement says about a caller and what a thing is to them. */
export function expectedOutcome(statement: EndpointRights, caller: Caller, relation: Relation): Outcome {
  const { only } = statement;
  const outcome = outcomeIn(cellOf(statement, caller), relation);
  if (!only || outcome === 401 || caller.kind === only.kind) return outcome;
  return only.exceptAdmins && caller.column === 'proxy_admin' ? outcome : only.otherwise;
}

/** Whether what the thing is to the caller decides. */
export function dependsOnThing(statement: EndpointRights, caller: Caller): boolean {
  return typeof cellOf(statement, caller) === 'object';
}

function cellOf({ rights }: EndpointRights, caller: Caller): Cell {
  const [, , user, viewer, , orgAdmin, viewingOrgAdmin] = rights;
  switch (caller.column) {
    case 'org_admin':
      return orgAdmin ?? user;
    case 'viewing_org_admin':
      return viewingOrgAdmin ?? orgAdmin ?? viewer;
    case 'proxy_admin':
    case 'proxy_admin_viewer':
    case 'internal_user':
    case 'internal_user_viewer':
    case 'rowless':
      return rights[columns.indexOf(caller.column)] ?? 403;
  }
}

function outcomeIn(cell: Cell, relation: Relation): Outcome {
  if (typeof cell !== 'object') return cell;
  for (const outcome of ['ok', 'hidden', 400, 401, 403, 404] as const) {
    if (cell[outcome]?.includes(relation)) return outcome;
  }
  return cell.else;
}

/** For admins only: LiteLLM refuses viewers with 403 and everybody else with 401 (contract 1.3 and 1.4). */
export const adminsOnly: RoleCells = ['ok', 403, 401, 401, 401];

/** For those who see everything. */
export const thoseWhoSeeAll: Row = ['ok', 'ok', 401, 401, 401];

/** For everybody, each within their own reach; a key without a person has none. */
export const everyPerson: Row = ['ok', 'ok', 'ok', 'ok', 401];

/** For every credential. */
export const everybody: Row = ['ok', 'ok', 'ok', 'ok', 'ok'];
