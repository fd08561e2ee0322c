import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChangedObject } from '../audit/change.ts';
import { readMessage, textOfBeat, textsOfChanges, textsOfSpend } from './message.ts';

const told = fc.record({
  type: fc.constantFrom<ChangedObject['type'][]>('key', 'user', 'team', 'team-member', 'model', 'customer'),
  id: fc.string({ unit: 'binary', maxLength: 300 }),
});

describe('What instances tell each other', () => {
  test('is understood as it was said, in texts that PostgreSQL carries', () => {
    fc.assert(
      fc.property(fc.array(told, { maxLength: 400 }), (objects) => {
        const texts = textsOfChanges('me', objects);
        for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThan(8_000);
        const received = texts.map(readMessage);
        const understood = received.flatMap(({ message }) => (message.kind === 'changes' ? message.objects : []));
        if (received.some(({ message }) => message.kind === 'everything')) expect(received).toHaveLength(1);
        else expect(understood).toEqual(objects);
      }),
    );
  });

  test('about spend is understood as it was said', () => {
    const totals = Array.from({ length: 500 }, (_, index) => ({ subject: `key:${index}`, spendNanoUsd: index * 1e12 }));
    const received = textsOfSpend('me', totals).map(readMessage);
    expect(received.length).toBeGreaterThan(1);
    expect(received.flatMap(({ message }) => (message.kind === 'spend' ? message.totals : []))).toEqual(totals);
    expect(received.every(({ from }) => from === 'me')).toBe(true);
  });

  test('is "everything" when there is too much of it, or an id is too long to tell', () => {
    const many = Array.from(
      { length: 3_000 },
      (_, index) => ({ type: 'user', id: `user-${index}-${'x'.repeat(60)}` }) as const,
    );
    for (const objects of [many, [{ type: 'user', id: 'x'.repeat(9_000) } as const]]) {
      const texts = textsOfChanges('me', objects);
      expect(texts.map(readMessage)).toEqual([{ from: 'me', message: { kind: 'everything' } }]);
    }
  });

  test('never names invitations or sessions', () => {
    const objects: ChangedObject[] = [
      { type: 'invitation', id: 'whoever-has-this-may-set-a-password' },
      { type: 'session', id: 'a-session' },
    ];
    expect(textsOfChanges('me', objects)).toEqual([]);
    expect(textsOfChanges('me', [...objects, { type: 'user', id: 'anna' }])).toEqual([
      '{"v":1,"from":"me","changes":[["user","anna"]]}',
    ]);
  });

  test('is "everything" when it comes from a version that says it differently', () => {
    for (const text of [
      '{"v":2,"from":"newer","changes":[]}',
      '{"v":1,"from":"newer","changes":[["a-thing-of-tomorrow","1"]]}',
      '{"v":1,"from":"newer","changes":[["key"]]}',
      '{"v":1,"from":"newer","spend":[["key:a","much"]]}',
      '{"v":1,"from":"newer","opinion":1}',
      '{"v":1,"from":7}',
      '[]',
      'not json',
      '',
    ]) {
      expect(readMessage(text).message, text).toEqual({ kind: 'everything' });
    }
  });

  test('about oneself is a beat', () => {
    expect(readMessage(textOfBeat('me', 7))).toEqual({ from: 'me', message: { kind: 'beat', count: 7 } });
  });
});
