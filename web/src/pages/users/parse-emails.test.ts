import { expect, test } from 'vitest';
import { parseEmails, validEmails, withoutEmail } from './parse-emails.ts';

test('reads lists as people paste them', () => {
  const parsed = parseEmails('ana@acme.dev, bo@acme.dev;\nChris Doe <chris@acme.dev>\n\n  dee@acme.dev eve@acme.dev ');
  expect(validEmails(parsed)).toEqual([
    'ana@acme.dev',
    'bo@acme.dev',
    'chris@acme.dev',
    'dee@acme.dev',
    'eve@acme.dev',
  ]);
});

test('marks an address that is there twice, whatever its case', () => {
  expect(parseEmails('Ana@acme.dev ana@ACME.dev')).toEqual([
    { text: 'ana@acme.dev', problem: 'none' },
    { text: 'ana@acme.dev', problem: 'twice' },
  ]);
});

test.each(['ana', 'ana@', '@acme.dev', 'ana@acme', 'ana@@acme.dev', 'ana@acme..dev', 'ana@acme.dev>'])(
  'refuses %j',
  (text) => {
    expect(parseEmails(text)).toEqual([{ text, problem: 'not-an-address' }]);
  },
);

test('has nothing to say about nothing', () => {
  expect(parseEmails(' \n, ; ')).toEqual([]);
});

test('drops one entry and keeps the others', () => {
  const parsed = parseEmails('a@b.co, wrong, c@d.co');
  expect(withoutEmail(parsed, 1)).toBe('a@b.co\nc@d.co\n');
  expect(withoutEmail(parseEmails('a@b.co'), 0)).toBe('');
});
