import type { Changes } from '../audit/change.ts';
import type { Settings } from '../config/settings.ts';
import type { Mail } from '../mail/create-mail.ts';
import type { Storage } from '../storage/open-storage.ts';

/** What the control plane is made of. Every verb takes this and nothing global. */
export interface Parts {
  readonly storage: Storage;
  readonly changes: Changes;
  readonly settings: Settings;
  /** Tells people what has happened. */
  readonly mail: Mail;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
  /** Public names of the models that are for everybody, wildcards as written. */
  readonly modelNames: () => readonly string[];
  /** Names of the models that a team alone has. */
  readonly modelNamesOfTeam: (teamId: string) => readonly string[];
}
