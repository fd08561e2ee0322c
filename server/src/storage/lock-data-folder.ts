import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';

/**
 * Makes sure that one process uses a data folder. The lock is the operating system's (an exclusively locked
 * SQLite file), so it ends with the process however that ends, and is never left behind.
 * @returns the release.
 * @throws Error when another process holds it.
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new BetterSqlite3(join(folder, 'lock'), { timeout: 2_000 });
  try {
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    throw new Error(
      `Another gateway is running on the data folder ${folder}. Stop it first, or give this one a folder of its own with LATCHKEY_DATA_DIR.`,
      { cause },
    );
  }
  return () => lock.close();
}
