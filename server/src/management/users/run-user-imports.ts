import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Parts } from '../parts.ts';
import { importUserRow } from './import-user-row.ts';
import './user-imports.table.ts';
import type { UserImportTable } from './user-imports.table.ts';

/** Adds the people of imports, in the background. */
export interface UserImporter {
  /** Starts, unless it runs already. */
  wake(): void;
  /** Stops after the row at hand; what is left is done after the next start. */
  close(): Promise<void>;
}

const rowsAtATime = 100;

/**
 * Works through every import that is not finished, the oldest first: also what an earlier process has begun.
 * Several instances may do so at once; each row is added by one of them.
 * @param onFailure told about what is not the fault of a row, such as a database that is away.
 */
export function createUserImporter(parts: Parts, onFailure: (error: unknown) => void): UserImporter {
  let running: Promise<void> | null = null;
  let wakeAgain = false;
  let closed = false;

  async function run(): Promise<void> {
    while (!closed) {
      const job = await parts.storage.db
        .selectFrom('user_imports')
        .selectAll()
        .where('finished_at', 'is', null)
        .orderBy('created_at')
        .limit(1)
        .executeTakeFirst();
      if (!job) return;
      await runImport(job);
    }
  }

  async function runImport(job: UserImportTable): Promise<void> {
    const { db } = parts.storage;
    for (;;) {
      const pending = await db
        .selectFrom('user_import_rows')
        .select(['row_number', 'input_json'])
        .where('import_id', '=', job.import_id)
        .where('status', '=', 'pending')
        .orderBy('row_number')
        .limit(rowsAtATime)
        .execute();
      for (const row of pending) {
        if (closed) return;
        await importUserRow(parts, job, row, onFailure);
        // Requests of others come first: a long list must not hold the event loop.
        await nextTurn();
      }
      if (pending.length < rowsAtATime) break;
    }
    await db
      .updateTable('user_imports')
      .set({ finished_at: parts.now() })
      .where('import_id', '=', job.import_id)
      .where('finished_at', 'is', null)
      .execute();
  }

  function wake(): void {
    if (closed) return;
    wakeAgain = running !== null;
    running ??= run()
      .catch(onFailure)
      .finally(() => {
        running = null;
        if (wakeAgain) wake();
      });
  }

  return {
    wake,
    async close() {
      closed = true;
      await running;
    },
  };
}
