import type { CallerRole } from '../../access/permissions.contract.ts';
import type { KeyRecord } from './key-record.ts';

/** Somebody who calls with a token of an identity provider in place of a key. */
export interface TokenCaller {
  /** What bounds their calls. */
  readonly record: KeyRecord;
  /** What they may do on the control plane. */
  readonly role: CallerRole;
}

/** Tells who calls with a token of an identity provider. */
export interface TokenAccess {
  /** Whether a credential looks like such a token. */
  accepts(credential: string): boolean;
  /**
   * @throws ApiError 401 for a token that is not one, or not for here; 403 for somebody who may not; 503 while the
   * provider's keys cannot be read.
   */
  load(credential: string, now: number): Promise<TokenCaller>;
}
