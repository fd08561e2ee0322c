import type { RouterSettings } from '../config/settings.ts';
import type { Deployment } from './model-catalog.ts';

/** Picks where a request goes, and remembers which deployments are failing. */
export interface DeploymentChooser {
  /** One of the deployments, by weight, none of those tried; a cooling one only when no other is left. Null: all tried. */
  choose(deployments: readonly Deployment[], tried: ReadonlySet<string>, now: number): Deployment | null;
  succeeded(deploymentId: string): void;
  /** @param atOnce true for failures that the next request would meet again (429, 401, 404, 408). */
  failed(deploymentId: string, atOnce: boolean, now: number): void;
}

interface Health {
  fails: number;
  windowStartedAt: number;
  coolingUntil: number;
}

const failWindowMs = 60_000;

/** Weighted choice with cooldown; the rules and their numbers are the contract's router settings. */
export function createDeploymentChooser(
  settings: Pick<RouterSettings, 'cooldownMs' | 'allowedFails'>,
  random: () => number = Math.random,
): DeploymentChooser {
  const health = new Map<string, Health>();
  const isCooling = (deployment: Deployment, now: number) => (health.get(deployment.id)?.coolingUntil ?? 0) > now;
  return {
    choose(deployments, tried, now) {
      if (deployments.length === 1 && tried.size === 0) return deployments[0] ?? null;
      const untried = deployments.filter((deployment) => !tried.has(deployment.id));
      const healthy = untried.filter((deployment) => !isCooling(deployment, now));
      return pickByWeight(healthy.length > 0 ? healthy : untried, random);
    },
    succeeded(deploymentId) {
      health.delete(deploymentId);
    },
    failed(deploymentId, atOnce, now) {
      const known = health.get(deploymentId);
      const state =
        known && now - known.windowStartedAt < failWindowMs
          ? known
          : { fails: 0, windowStartedAt: now, coolingUntil: 0 };
      state.fails += 1;
      if (atOnce || state.fails > settings.allowedFails) state.coolingUntil = now + settings.cooldownMs;
      health.set(deploymentId, state);
    },
  };
}

function pickByWeight(deployments: readonly Deployment[], random: () => number): Deployment | null {
  const total = deployments.reduce((sum, deployment) => sum + deployment.weight, 0);
  let rest = random() * total;
  for (const deployment of deployments) {
    rest -= deployment.weight;
    if (rest < 0) return deployment;
  }
  return deployments.at(-1) ?? null;
}
