import { describe, expect, it } from 'vitest';
import { hasSecret, isOn, type SettingsState, textOf, withChange } from './settings-draft.ts';

const state: SettingsState = {
  values: {
    smtp_host: 'mail.example.com',
    smtp_port: 587,
    smtp_password: '********',
    domains: ['a.io', 'b.io'],
    tls: true,
  },
  provenance: {},
};

describe('a draft of settings', () => {
  it('shows what is set until it is changed', () => {
    expect(textOf(state, {}, 'smtp_host')).toBe('mail.example.com');
    expect(textOf(state, {}, 'smtp_port')).toBe('587');
    expect(textOf(state, {}, 'domains')).toBe('a.io, b.io');
    expect(textOf(state, {}, 'unknown')).toBe('');
    expect(textOf(state, { smtp_host: 'other' }, 'smtp_host')).toBe('other');
    expect([isOn(state, {}, 'tls'), isOn(state, { tls: false }, 'tls')]).toEqual([true, false]);
  });

  it('never shows a secret, and says that there is one', () => {
    expect(textOf(state, {}, 'smtp_password')).toBe('');
    expect([hasSecret(state, 'smtp_password'), hasSecret(state, 'smtp_host')]).toEqual([true, false]);
    expect(textOf(state, { smtp_password: 'new' }, 'smtp_password')).toBe('new');
  });

  it('is empty again when everything is as it was', () => {
    const changed = withChange(state, {}, 'smtp_host', 'x');
    expect(changed).toEqual({ smtp_host: 'x' });
    expect(withChange(state, changed, 'smtp_host', 'mail.example.com')).toEqual({});
    expect(withChange(state, {}, 'smtp_username', '')).toEqual({});
    expect(withChange(state, {}, 'domains', ['a.io', 'b.io'])).toEqual({});
  });
});
