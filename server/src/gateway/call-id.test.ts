import { describe, expect, it } from 'vitest';
import { newCallId } from './call-id.ts';

describe('A call id', () => {
  it('is a UUID of version 7 that begins with its time', () => {
    const id = newCallId(Date.UTC(2026, 10, 23));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(Date.UTC(2026, 10, 23));
  });

  it('sorts after every id of an earlier millisecond', () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => newCallId(1_700_000_000_000 + index));
    expect(ids.toSorted()).toEqual(ids);
  });

  it('is another one each time, also within a millisecond', () => {
    expect(new Set(Array.from({ length: 100_000 }, () => newCallId(1_700_000_000_000))).size).toBe(100_000);
  });
});
