import type { PasswordPolicy } from '../../config/settings.ts';
import { ApiError } from '../../http/api-error.ts';

/** Longer texts are not passwords; the bound keeps the work of hashing small. */
const maxLength = 1_000;

/** No setting goes below this. */
const leastMinLength = 8;

/** The policy as the console shows it beside the field: each rule completes "must have …". */
export interface PresentedPasswordPolicy {
  readonly min_length: number;
  readonly rules: string[];
}

interface Rule {
  readonly text: string;
  readonly isMet: (password: string) => boolean;
}

function rulesOf(policy: PasswordPolicy): Rule[] {
  const minLength = minLengthOf(policy);
  const rules: Rule[] = [
    { text: `at least ${minLength} characters`, isMet: (password) => lengthOf(password) >= minLength },
  ];
  if (policy.requireUppercase)
    rules.push({ text: 'an uppercase letter', isMet: (password) => /\p{Lu}/u.test(password) });
  if (policy.requireLowercase)
    rules.push({ text: 'a lowercase letter', isMet: (password) => /\p{Ll}/u.test(password) });
  if (policy.requireNumbers) rules.push({ text: 'a number', isMet: (password) => /\p{N}/u.test(password) });
  if (policy.requireSpecialCharacters) {
    rules.push({ text: 'a special character', isMet: (password) => /[^\p{L}\p{N}\s]/u.test(password) });
  }
  return rules;
}

function minLengthOf(policy: PasswordPolicy): number {
  return Math.max(policy.minLength, leastMinLength);
}

/** Length in characters as people count them, not in UTF-16 units. */
function lengthOf(password: string): number {
  return [...password].length;
}

/** What a new password must be like, for people. */
export function presentPasswordPolicy(policy: PasswordPolicy): PresentedPasswordPolicy {
  return { min_length: minLengthOf(policy), rules: rulesOf(policy).map((rule) => rule.text) };
}

/**
 * Checks a new password.
 * @throws ApiError 400 with every rule that it breaks; the password is not echoed.
 */
export function checkPasswordPolicy(policy: PasswordPolicy, password: string): void {
  const broken = rulesOf(policy)
    .filter((rule) => !rule.isMet(password))
    .map((rule) => rule.text);
  if (lengthOf(password) > maxLength) broken.push(`at most ${maxLength} characters`);
  if (broken.length === 0) return;
  throw passwordRefused(`Password does not meet the required policy: must have ${broken.join(', ')}.`);
}

/** 400 for a password that may not be used. */
export function passwordRefused(message: string): ApiError {
  return new ApiError(400, message, { type: 'validation_error', param: 'password', alwaysErrorShape: true });
}
