import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { migrations } from '../migrations.ts';
import { openStorage } from '../storage/open-storage.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated, empty SQLite file, to be copied. */
    sqliteTemplate: string;
  }
}

/** Makes the SQLite file that tests copy theirs from: running the migrations takes longer than most tests. */
export default async function provideSqlite(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sqlite-template-'));
  const file = join(folder, 'latchkey.db');
  const storage = await openStorage({ url: `sqlite:${file}`, migrations });
  await storage.close();
  project.provide('sqliteTemplate', file);
  return () => rmSync(folder, { recursive: true, force: true });
}
