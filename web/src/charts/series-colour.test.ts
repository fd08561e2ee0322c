import { expect, test } from 'vitest';
import { HueRegistry, hueCount } from './series-colour.ts';

const models = [
  'model:gpt-5.5',
  'model:claude-sonnet',
  'model:gemini-pro',
  'model:mistral',
  'model:llama',
  'model:qwen',
];

test('gives every series of a chart a hue of its own', () => {
  const chosen = new HueRegistry().huesFor(models);
  expect(new Set(chosen.values()).size).toBe(hueCount);
});

test('keeps the hue of an entity after filtering and in another order', () => {
  const registry = new HueRegistry();
  const before = registry.huesFor(models);
  for (const id of models) expect(registry.huesFor([id]).get(id)).toBe(before.get(id));
  expect(registry.huesFor([...models].reverse())).toEqual(new Map([...before].reverse()));
});

test('chooses the same hue on every visit when nothing is in the way', () => {
  for (const id of models) {
    expect(new HueRegistry().huesFor([id]).get(id)).toBe(new HueRegistry().huesFor([id]).get(id));
  }
});

test('lends a free hue where two known entities collide, without forgetting theirs', () => {
  const registry = new HueRegistry();
  const own = new Map(
    Array.from({ length: 30 }, (_, index) => [`key:${index}`, registry.huesFor([`key:${index}`]).get(`key:${index}`)]),
  );
  const [first, second] = [...own].filter(([, hue]) => hue === 1).map(([id]) => id);
  if (first === undefined || second === undefined) throw new Error('thirty keys must collide somewhere');
  const together = registry.huesFor([first, second]);
  expect(together.get(first)).toBe(1);
  expect(together.get(second)).not.toBe(1);
  expect(registry.huesFor([second]).get(second)).toBe(1);
});

test('calls the seventh series other', () => {
  expect(new HueRegistry().huesFor([...models, 'model:seventh']).get('model:seventh')).toBe('other');
});
