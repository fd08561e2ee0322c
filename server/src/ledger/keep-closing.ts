import type { Kysely } from 'kysely';
import type { Database } from '../storage/database.ts';
import { closeNextQuarters } from './close-quarters.ts';

const everyMs = 60_000;

/** Closes quarters of an hour as they end, and after an upgrade or a standstill all that is open, step by step. */
export function keepClosing(options: {
  db: Kysely<Database>;
  now: () => number;
  onFailure: (error: unknown) => void;
}): { close(): Promise<void> } {
  let isEnding = false;
  let running: Promise<void> | null = null;

  async function closeAll(): Promise<void> {
    try {
      while (!isEnding && (await closeNextQuarters(options.db, options.now()))) {
        // Others want the database too.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      options.onFailure(error);
    }
  }

  function run(): void {
    running ??= closeAll().finally(() => {
      running = null;
    });
  }

  run();
  const timer = setInterval(run, everyMs);
  return {
    async close() {
      isEnding = true;
      clearInterval(timer);
      await running;
    },
  };
}
