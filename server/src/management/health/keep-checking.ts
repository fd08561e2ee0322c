import type { DeploymentSettings } from '../../config/settings.ts';
import type { Parts } from '../parts.ts';
import type { ProbeDeployment } from './get-health.ts';
import { deleteOldHealthChecks, takeTurn } from './health-checks.store.ts';

const lookEveryMs = 1_000;
const forgetEveryMs = 3_600_000;
/** So many models are asked at once. */
const atOnce = 10;

/**
 * Asks every model whether it answers, again and again, while `general_settings.background_health_checks` says so: all
 * instances take turns, so that each round is run by one of them.
 * @param options.deployments what is to be asked.
 */
export function keepChecking(
  parts: Pick<Parts, 'storage' | 'settings' | 'now'>,
  options: {
    deployments: () => readonly DeploymentSettings[];
    probe: ProbeDeployment;
    onFailure: (error: unknown) => void;
  },
): { close(): Promise<void> } {
  const { storage, settings, now } = parts;
  let isEnding = false;
  let running: Promise<void> | null = null;
  let forgotAt = now();

  async function checkAll(): Promise<void> {
    try {
      if (now() - forgotAt >= forgetEveryMs) {
        forgotAt = now();
        await deleteOldHealthChecks(storage.db, now());
      }
      const { inBackground, intervalMs } = settings.healthChecks;
      if (!inBackground || !(await takeTurn(storage.db, now(), intervalMs))) return;
      const deployments = options.deployments();
      for (let start = 0; start < deployments.length && !isEnding; start += atOnce) {
        await Promise.all(deployments.slice(start, start + atOnce).map((deployment) => options.probe(deployment, '')));
      }
    } catch (error) {
      options.onFailure(error);
    }
  }

  function look(): void {
    running ??= checkAll().finally(() => {
      running = null;
    });
  }

  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return {
    async close() {
      isEnding = true;
      clearInterval(timer);
      await running;
    },
  };
}
