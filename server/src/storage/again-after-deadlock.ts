import { isDeadlock } from './open-storage.ts';

const mostAttempts = 3;

/**
 * Runs a transaction, and again when Postgres ended it because it and another waited for each other.
 * @throws whatever the transaction throws; the deadlock itself after three attempts.
 */
export async function againAfterDeadlock<Result>(run: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt === mostAttempts || !isDeadlock(error)) throw error;
    }
  }
}
