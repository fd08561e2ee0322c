/** Something whose spend is counted. */
export type SpendSubject =
  | { readonly kind: 'key'; readonly keyHash: string }
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'team'; readonly teamId: string }
  | { readonly kind: 'member'; readonly teamId: string; readonly userId: string }
  | { readonly kind: 'organization'; readonly organizationId: string }
  | { readonly kind: 'organization-member'; readonly organizationId: string; readonly userId: string }
  | { readonly kind: 'customer'; readonly customerId: string }
  | WindowSubject;

/**
 * One window of a budget that starts anew by the calendar, such as what a key may spend on a model in a day. Its end
 * is part of what it is: the next window is another subject, which begins at zero without anybody resetting it.
 */
export interface WindowSubject {
  readonly kind: 'window';
  readonly owner: WindowOwner;
  /** Hash, id or name of the owner. */
  readonly ownerId: string;
  /** Name or pattern of the models that count; empty: all. */
  readonly model: string;
  /** As it was written, such as `1d`; empty: the budget never starts anew. */
  readonly duration: string;
  /** Epoch milliseconds; `never` without a duration. */
  readonly endsAt: number;
}

/** Who can have budgets of their own in windows; `proxy` stands for all calls together, a deployment is known by its id. */
export type WindowOwner = 'key' | 'user' | 'team' | 'organization' | 'customer' | 'proxy' | 'provider' | 'deployment';

/** The end of a window that has none. */
export const never = Number.MAX_SAFE_INTEGER;

/** The owners of a call; an owner that is missing is the empty string. */
export interface CallOwners {
  readonly key_hash: string;
  readonly user_id: string;
  readonly team_id: string;
  /** That of the team, or of the key where it has no team. */
  readonly organization_id: string;
  /** Whom the request named as its `user`. */
  readonly end_user: string;
  /** Budgets beside those of the owners that bound the call; absent for most calls. */
  readonly windows?: readonly WindowSubject[] | undefined;
}

/**
 * Whose budget a call spends from. A personal key spends from the key and its owner; a key of a team spends
 * from the key, the team and the owner's membership, never from the owner's own budget. Both spend from the
 * organization they belong to, and from the owner's membership there.
 * Source: the self-serve page's last section ("does not apply to keys created under non-default teams").
 */
export function subjectsOf(call: CallOwners): readonly SpendSubject[] {
  const { subjects } = rememberedOf(call);
  const others = othersOf(call);
  return others === null ? subjects : [...subjects, ...others];
}

/** What is not remembered by key: the customer, and what depends on the model. Null for most calls. */
function othersOf({ end_user: customerId, windows }: CallOwners): readonly SpendSubject[] | null {
  const customer = customerId === '' ? null : ({ kind: 'customer', customerId } as const);
  if (windows === undefined) return customer && [customer];
  return customer === null ? windows : [customer, ...windows];
}

/** A name that is unique over all subjects, for maps. */
export function subjectName(subject: SpendSubject): string {
  switch (subject.kind) {
    case 'key':
      return `key:${subject.keyHash}`;
    case 'user':
      return `user:${subject.userId}`;
    case 'team':
      return `team:${subject.teamId}`;
    case 'member':
      return `member:${JSON.stringify([subject.teamId, subject.userId])}`;
    case 'organization':
      return `organization:${subject.organizationId}`;
    case 'organization-member':
      return `organization-member:${JSON.stringify([subject.organizationId, subject.userId])}`;
    case 'customer':
      return `customer:${subject.customerId}`;
    case 'window':
      return `window:${JSON.stringify([subject.owner, subject.ownerId, subject.model, subject.duration, subject.endsAt])}`;
  }
}

/** What a name stands for; null for names of windows, which say more than who has spent. */
export function subjectOfName(name: string): Exclude<SpendSubject, WindowSubject> | null {
  const colon = name.indexOf(':');
  const rest = name.slice(colon + 1);
  switch (name.slice(0, colon)) {
    case 'key':
      return { kind: 'key', keyHash: rest };
    case 'user':
      return { kind: 'user', userId: rest };
    case 'team':
      return { kind: 'team', teamId: rest };
    case 'member': {
      const [teamId = '', userId = ''] = JSON.parse(rest) as string[];
      return { kind: 'member', teamId, userId };
    }
    case 'organization':
      return { kind: 'organization', organizationId: rest };
    case 'organization-member': {
      const [organizationId = '', userId = ''] = JSON.parse(rest) as string[];
      return { kind: 'organization-member', organizationId, userId };
    }
    case 'customer':
      return { kind: 'customer', customerId: rest };
    default:
      return null;
  }
}

/** The names of everything that a call spends from, in the order of `subjectsOf`. */
export function subjectNamesOf(call: CallOwners): readonly string[] {
  const { names } = rememberedOf(call);
  const others = othersOf(call);
  return others === null ? names : [...names, ...others.map(subjectName)];
}

interface Remembered {
  readonly userId: string;
  readonly teamId: string;
  readonly organizationId: string;
  readonly subjects: readonly SpendSubject[];
  readonly names: readonly string[];
}

/** By key: the same few callers are asked for again and again, several times for each answer. */
const remembered = new Map<string, Remembered>();
const keysRemembered = 10_000;

function rememberedOf(call: CallOwners): Remembered {
  const known = remembered.get(call.key_hash);
  if (known && isOfSameOwners(known, call)) return known;
  const subjects = listSubjects(call);
  const fresh = {
    userId: call.user_id,
    teamId: call.team_id,
    organizationId: call.organization_id,
    subjects,
    names: subjects.map(subjectName),
  };
  if (remembered.size >= keysRemembered) remembered.clear();
  remembered.set(call.key_hash, fresh);
  return fresh;
}

function isOfSameOwners(known: Remembered, call: CallOwners): boolean {
  return (
    known.userId === call.user_id && known.teamId === call.team_id && known.organizationId === call.organization_id
  );
}

function listSubjects(call: CallOwners): SpendSubject[] {
  const { key_hash: keyHash, user_id: userId, team_id: teamId, organization_id: organizationId } = call;
  const subjects: SpendSubject[] = [{ kind: 'key', keyHash }];
  if (teamId !== '') subjects.push({ kind: 'team', teamId });
  if (organizationId !== '') subjects.push({ kind: 'organization', organizationId });
  if (userId === '') return subjects;
  subjects.push(teamId === '' ? { kind: 'user', userId } : { kind: 'member', teamId, userId });
  if (organizationId !== '') subjects.push({ kind: 'organization-member', organizationId, userId });
  return subjects;
}
