import { expect, test } from 'vitest';
import { writeCsv } from './csv.ts';

test('writes comments, head and rows', () => {
  expect(
    writeCsv(
      ['Latchkey usage', 'Zone: Europe/Berlin'],
      ['day', 'spend_usd'],
      [
        ['2026-11-23', 1.5],
        ['2026-11-24', null],
      ],
    ),
  ).toBe('# Latchkey usage\r\n# Zone: Europe/Berlin\r\nday,spend_usd\r\n2026-11-23,1.5\r\n2026-11-24,\r\n');
});

test('quotes what would break the columns', () => {
  expect(writeCsv([], ['name'], [['a,b'], ['say "hi"'], ['two\nlines']])).toBe(
    'name\r\n"a,b"\r\n"say ""hi"""\r\n"two\nlines"\r\n',
  );
});

test.each(['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\tx'])('does not let %j run as a formula', (name) => {
  const cell = writeCsv([], ['name'], [[name]]).split('\r\n')[1] ?? '';
  expect(cell.replace(/^"/, '').startsWith("'")).toBe(true);
});

test('leaves numbers alone, negative ones too', () => {
  expect(writeCsv([], ['net'], [[-0.5], [{ digits: '-0.000000001' }]])).toBe('net\r\n-0.5\r\n-0.000000001\r\n');
});

test('keeps a comment on one line', () => {
  expect(writeCsv(['key: a\r\nb'], ['x'], [])).toBe('# key: a b\r\nx\r\n');
});
