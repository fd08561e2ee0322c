import { describe, expect, it } from 'vitest';
import { addDuration } from './parse-duration.ts';

const from = Date.parse('2026-11-25T15:10:30Z');

describe('A lifetime', () => {
  it.each([
    ['1d', '2026-11-26T15:10:30.000Z'],
    ['90s', '2026-11-25T15:12:00.000Z'],
    ['15m', '2026-11-25T15:25:30.000Z'],
    ['24h', '2026-11-26T15:10:30.000Z'],
    ['24hr', '2026-11-26T15:10:30.000Z'],
    ['2w', '2026-12-09T15:10:30.000Z'],
    ['1mo', '2026-12-25T15:10:30.000Z'],
    ['14mo', '2028-01-25T15:10:30.000Z'],
    ['0s', '2026-11-25T15:10:30.000Z'],
  ])('of %s ends at %s', (duration, expected) => {
    expect(new Date(addDuration(duration, from)).toISOString()).toBe(expected);
  });

  it('of a month that is shorter ends on its last day', () => {
    expect(new Date(addDuration('1mo', Date.parse('2028-01-31T10:00:00Z'))).toISOString()).toBe(
      '2028-02-29T10:00:00.000Z',
    );
  });

  it.each(['', 'forever', '30', 'd30', '-1d', '1.5h', '1x', '999999999999d'])('cannot be %j', (duration) => {
    expect(() => addDuration(duration, from)).toThrow('Unsupported duration');
  });
});
