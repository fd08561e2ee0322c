import { administers, organizationNames, type PersonName, people, roleIn, type TeamName, teams } from './people.ts';

/**
 * Who calls, as the columns of the contract's matrix tell callers apart. `rowless`: a key without a user's row.
 * `org_admin`: an internal_user who administers an organization; `viewing_org_admin`: an internal_user_viewer who does.
 */
export const columns = [
  'proxy_admin',
  'proxy_admin_viewer',
  'internal_user',
  'internal_user_viewer',
  'rowless',
  'org_admin',
  'viewing_org_admin',
] as const;

/** One of the columns. */
export type Column = (typeof columns)[number];

/** A credential that works. */
export interface Caller {
  readonly name: string;
  readonly column: Column;
  readonly kind: 'master' | 'session' | 'key';
  /** The person whose credential it is; null: nobody's. */
  readonly person: PersonName | null;
  /** The key that is sent; null for the master key and sessions. */
  readonly key: string | null;
  /** The team of the key that is sent. */
  readonly keyTeam: TeamName | null;
  readonly keyType: KeyType;
}

/** What calls a key is for (contract 2.5). */
export type KeyType = 'default' | 'llm_api' | 'management' | 'read_only';

const master: Caller = {
  name: 'the master key',
  column: 'proxy_admin',
  kind: 'master',
  person: null,
  key: null,
  keyTeam: null,
  keyType: 'default',
};

/** Every credential that works and from which the walks call. */
export const callers: readonly Caller[] = [
  master,
  session('root'),
  session('vera'),
  session('max'),
  session('vic'),
  session('olga'),
  ...(['root', 'vera', 'lea', 'max', 'vic', 'val', 'uma', 'olga', 'otto', 'omar'] as const).map((person) =>
    personalKey(person),
  ),
  ...(['lea', 'max', 'vic', 'olga'] as const).map(keyOfRed),
  ...(['llm_api', 'management', 'read_only'] as const).flatMap((keyType) => [
    personalKey('root', keyType),
    personalKey('max', keyType),
  ]),
  rowless('red-service', 'red'),
  rowless('ghost-key', null),
  rowless('nobodys-key', null),
];

function session(person: PersonName): Caller {
  return {
    ...master,
    name: `session of ${person}`,
    column: columnOf(person),
    kind: 'session',
    person,
  };
}

function columnOf(person: PersonName): Column {
  const { role } = people[person];
  if (!organizationNames.some((organization) => administers(person, organization))) return role;
  return role === 'internal_user_viewer' ? 'viewing_org_admin' : 'org_admin';
}

function personalKey(person: PersonName, keyType: KeyType = 'default'): Caller {
  const key = keyType === 'default' ? `${person}-key` : `${person}-${keyType}`;
  return { ...session(person), name: key, kind: 'key', key, keyType };
}

function keyOfRed(person: PersonName): Caller {
  return { ...session(person), name: `${person}-red`, kind: 'key', key: `${person}-red`, keyTeam: 'red' };
}

function rowless(key: string, keyTeam: TeamName | null): Caller {
  return { ...master, name: key, column: 'rowless', kind: 'key', key, keyTeam };
}

/** Sees everything: admins, and viewers of everything. */
export function seesAll(caller: Caller): boolean {
  return caller.column === 'proxy_admin' || caller.column === 'proxy_admin_viewer';
}

/** What a caller is in a team; admins of its organization count as its admins. */
export function callersRoleIn(caller: Caller, team: TeamName): 'admin' | 'user' | null {
  if (administers(caller.person, teams[team])) return 'admin';
  return caller.person === null ? null : roleIn(caller.person, team);
}
