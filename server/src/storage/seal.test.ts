import { describe, expect, it } from 'vitest';
import { type SealBinding, seal, unseal } from './seal.ts';

const binding: SealBinding = { saltKey: 'sk-salt', purpose: 'model parameters', id: 'model-1' };

describe('A sealed value', () => {
  it('opens where it was sealed, and shows nothing of itself', () => {
    const sealed = seal(binding, { api_key: 'sk-very-secret' });
    expect(sealed).not.toContain('secret');
    expect(unseal(binding, sealed)).toEqual({ api_key: 'sk-very-secret' });
    expect(seal(binding, 'x')).not.toBe(seal(binding, 'x'));
  });

  it.each<[string, Partial<SealBinding>]>([
    ['with another key', { saltKey: 'sk-other' }],
    ['for another purpose', { purpose: 'one-time codes' }],
    ['in another row', { id: 'model-2' }],
  ])('does not open %s', (_name, other) => {
    expect(() => unseal({ ...binding, ...other }, seal(binding, 'x'))).toThrow();
  });

  it('does not open when a bit of it is another, when it is cut, or when it is of an unknown kind', () => {
    const sealed = seal(binding, 'a value that is long enough');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (const at of [0, 12, 28, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      expect(() => unseal(binding, `v1.${changed.toString('base64url')}`)).toThrow();
    }
    expect(() => unseal(binding, sealed.slice(0, 20))).toThrow();
    expect(() => unseal(binding, `v2.${sealed.slice(3)}`)).toThrow('sealed in an unknown way');
  });
});
