import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config-error.ts';

/** Master keys from tutorials and test suites: everybody knows them. */
const publiclyKnown = new Set([
  'sk-1234',
  'sk-12345',
  'sk-123456',
  'sk-12345678',
  'sk-test',
  'sk-master',
  'sk-admin',
  'sk-litellm',
  'sk-litellm-master-key',
  'sk-your-master-key',
  'sk-change-me',
  'sk-changeme',
  'sk-secret',
  'sk-password',
]);

const shortest = 16;

/**
 * The master key: the one that was given, else the one in the data folder, else a new one that is kept there
 * with mode 0600.
 * @throws ConfigError for a key that is weak or publicly known, unless that is permitted.
 */
export function findMasterKey(options: { given: string | null | undefined; dataDir: string; permitWeak: boolean }): {
  key: string;
  isNew: boolean;
} {
  const { given, dataDir } = options;
  if (given !== undefined && given !== null) {
    const fault = weakness(given);
    if (fault !== null && !(options.permitWeak && given.startsWith('sk-'))) {
      throw new ConfigError(
        `The master key ${fault}. Whoever knows it is admin. Make one with: echo "sk-$(openssl rand -hex 24)", and set it as LITELLM_MASTER_KEY; or leave it unset, and the gateway makes one. (LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY=true permits a weak one that starts with sk-, for tests.)`,
      );
    }
    return { key: given, isNew: false };
  }
  const path = join(dataDir, 'master-key');
  if (existsSync(path)) {
    const key = readFileSync(path, 'utf8').trim();
    const fault = weakness(key);
    if (fault === null || (options.permitWeak && key.startsWith('sk-'))) return { key, isNew: false };
    throw new ConfigError(
      `The master key in ${path} ${fault}. Put the right one back, set LITELLM_MASTER_KEY, or delete the file, and the gateway makes a new one.`,
    );
  }
  const key = `sk-${randomBytes(24).toString('base64url')}`;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
  return { key, isNew: true };
}

function weakness(key: string): string | null {
  if (key === '') return 'is empty';
  if (publiclyKnown.has(key.toLowerCase())) return 'is publicly known';
  if (!key.startsWith('sk-')) return "does not start with 'sk-'";
  if (key.length < shortest) return `is shorter than ${shortest} characters`;
  if (new Set(key.slice(3)).size < 6) return 'consists of too few different characters';
  return null;
}
