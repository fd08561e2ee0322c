import { describe, expect, test } from 'vitest';
import { testDeployment } from '../testing/start-test-app.ts';
import { createDeploymentChooser } from './choose-deployment.ts';
import { createModelCatalog } from './model-catalog.ts';

const settings = { numRetries: 2, cooldownMs: 5_000, allowedFails: 3, timeoutMs: 1_000 };
const deployments = createModelCatalog([
  testDeployment('gpt', 'http://a.example/v1', { id: 'a', weight: 1 }),
  testDeployment('gpt', 'http://b.example/v1', { id: 'b', weight: 3 }),
]).deploymentsOf('gpt', null);
const nobody = new Set<string>();

/** Draws the numbers given, in turn. */
function drawing(...numbers: number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length] ?? 0;
}

describe('Choosing a deployment', () => {
  test('follows the weights', () => {
    const chooser = createDeploymentChooser(settings, drawing(0, 0.24, 0.26, 0.99));
    expect([1, 2, 3, 4].map(() => chooser.choose(deployments, nobody, 0)?.id)).toEqual(['a', 'a', 'b', 'b']);
  });

  test('takes none twice for one request', () => {
    const chooser = createDeploymentChooser(settings);
    expect(chooser.choose(deployments, new Set(['a']), 0)?.id).toBe('b');
    expect(chooser.choose(deployments, new Set(['a', 'b']), 0)).toBe(null);
  });

  test('leaves one that fails too often alone for a while', () => {
    const chooser = createDeploymentChooser(settings, drawing(0));
    for (let n = 0; n < 3; n += 1) chooser.failed('a', false, 1_000);
    expect(chooser.choose(deployments, nobody, 1_000)?.id).toBe('a');
    chooser.failed('a', false, 1_000);
    expect(chooser.choose(deployments, nobody, 5_999)?.id).toBe('b');
    expect(chooser.choose(deployments, nobody, 6_000)?.id).toBe('a');
  });

  test('forgets failures that are older than a minute, and all of them after a success', () => {
    const chooser = createDeploymentChooser(settings, drawing(0));
    for (let n = 0; n < 8; n += 1) chooser.failed('a', false, n * 30_000);
    expect(chooser.choose(deployments, nobody, 240_000)?.id).toBe('a');
    for (let n = 0; n < 3; n += 1) chooser.failed('a', false, 300_000);
    chooser.succeeded('a');
    chooser.failed('a', false, 300_000);
    expect(chooser.choose(deployments, nobody, 300_000)?.id).toBe('a');
  });

  test('leaves one alone at once after a failure that the next request would meet again', () => {
    const chooser = createDeploymentChooser(settings, drawing(0));
    chooser.failed('a', true, 0);
    expect(chooser.choose(deployments, nobody, 0)?.id).toBe('b');
  });

  test('takes a resting one rather than none', () => {
    const chooser = createDeploymentChooser(settings, drawing(0));
    for (const id of ['a', 'b']) chooser.failed(id, true, 0);
    expect(chooser.choose(deployments, nobody, 0)?.id).toBe('a');
  });
});
