import { describe, expect, it } from 'vitest';
import { checkPasswordPolicy, presentPasswordPolicy } from './password-policy.ts';

const strict = {
  minLength: 12,
  requireUppercase: true,
  requireLowercase: true,
  requireNumbers: true,
  requireSpecialCharacters: true,
};
const onlyLength = {
  ...strict,
  requireUppercase: false,
  requireLowercase: false,
  requireNumbers: false,
  requireSpecialCharacters: false,
};

describe('The password policy', () => {
  it.each(['Correct-Horse-42!', 'Ünïcode-Wörter-7', 'Aa1!Aa1!Aa1!'])('accepts %s', (password) => {
    expect(() => checkPasswordPolicy(strict, password)).not.toThrow();
  });

  it.each([
    ['Short-42!', 'at least 12 characters'],
    ['correct-horse-42!', 'an uppercase letter'],
    ['CORRECT-HORSE-42!', 'a lowercase letter'],
    ['Correct-Horse-Staple!', 'a number'],
    ['CorrectHorse 4242', 'a special character'],
    ['a', 'at least 12 characters, an uppercase letter, a number, a special character'],
    [`Aa1!${'x'.repeat(2_000)}`, 'at most 1000 characters'],
  ])('refuses %s and names every rule that is broken', (password, rules) => {
    expect(() => checkPasswordPolicy(strict, password)).toThrow(
      expect.objectContaining({
        status: 400,
        type: 'validation_error',
        param: 'password',
        message: `Password does not meet the required policy: must have ${rules}.`,
      }),
    );
  });

  it('counts characters as people do', () => {
    expect(() => checkPasswordPolicy({ ...onlyLength, minLength: 8 }, '🐎🐎🐎🐎')).toThrow('at least 8');
  });

  it('does not go below eight characters, whatever is configured', () => {
    expect(presentPasswordPolicy({ ...onlyLength, minLength: 1 })).toEqual({
      min_length: 8,
      rules: ['at least 8 characters'],
    });
  });
});
