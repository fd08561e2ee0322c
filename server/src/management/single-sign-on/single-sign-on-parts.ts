import type { Parts } from '../parts.ts';
import type { ProviderDirectory } from './open-provider.ts';

/** What a refused sign-in leaves in the log: no token, no code, no claim. */
export interface RefusalLog {
  readonly code: string;
  readonly provider: string | null;
  /** The id that the person was shown. */
  readonly reference: string;
  readonly reason: string | null;
  /** A defect of ours, or a database that is away, with its stack. */
  readonly err?: unknown;
}

/** What the verbs of single sign-on need. */
export interface SingleSignOnParts extends Parts {
  readonly directory: ProviderDirectory;
  readonly logRefusal: (refusal: RefusalLog) => void;
}
