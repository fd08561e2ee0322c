import type { EndpointRights } from './endpoint-rights.ts';
import { keyRights } from './key-rights.ts';
import { organizationRights } from './organization-rights.ts';
import { settingsRights } from './settings-rights.ts';
import { signInRights } from './sign-in-rights.ts';
import { teamRights } from './team-rights.ts';
import { usageRights } from './usage-rights.ts';
import { userRights } from './user-rights.ts';

/** Who may call what on what: contract 1.6 and 1.7, endpoint by endpoint. A new endpoint needs an entry. */
export const statements: readonly EndpointRights[] = [
  ...keyRights,
  ...userRights,
  ...signInRights,
  ...teamRights,
  ...organizationRights,
  ...usageRights,
  ...settingsRights,
];
