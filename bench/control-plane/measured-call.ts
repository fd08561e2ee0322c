/** Whom a call is made as: an admin of the gateway, a busy user, or somebody who administers a busy team. */
export type CallerName = 'admin' | 'user' | 'team admin';

/** One call that is measured. */
export interface MeasuredCall {
  /** What it stands for, as the table says it. */
  readonly name: string;
  readonly callers: readonly CallerName[];
  readonly method?: 'POST';
  readonly path: string;
  readonly body?: object;
}

/** Ids in the data that calls are made about. */
export interface Subjects {
  /** The busy user who calls. */
  readonly userId: string;
  /** The busy team. */
  readonly teamId: string;
  /** Who owns most keys. */
  readonly ownerId: string;
  /** The team with most members. */
  readonly largestTeamId: string;
  readonly organizationId: string;
  /** The busiest key. */
  readonly keyHash: string;
  readonly keyAlias: string;
  readonly requestId: string;
  readonly auditId: string;
  /** First and last day of the data, and a day a month before the end, `YYYY-MM-DD`. */
  readonly firstDay: string;
  readonly monthAgo: string;
  readonly lastDay: string;
}

/** All three. */
export const everybody: readonly CallerName[] = ['admin', 'user', 'team admin'];
/** What only admins can, or what differs for nobody else. */
export const admin: readonly CallerName[] = ['admin'];
