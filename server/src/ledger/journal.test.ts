import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { journalEntry } from '../testing/journal-entry.ts';
import { type Journal, type JournalEntry, openJournal } from './journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const segments = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
const line = (entry: JournalEntry) => `${JSON.stringify(entry)}\n`;
const named = (...ids: string[]) => ids.map((request_id) => journalEntry({ request_id }));

async function drained(journal: Journal): Promise<string[]> {
  const ids: string[] = [];
  await journal.drain(async (entries) => {
    ids.push(...entries.map((entry) => entry.request_id));
  });
  return ids;
}

describe('The journal', () => {
  test('has a line on disk when append resolves, and one write for the lines of one turn', async () => {
    const journal = openJournal(folder);
    const [first, second] = named('a', 'b');
    if (!first || !second) throw new Error();
    await Promise.all([journal.append(first), journal.append(second)]);
    const [segment = ''] = segments();
    expect(readFileSync(join(folder, segment), 'utf8')).toBe(line(first) + line(second));
    expect(statSync(join(folder, segment)).mode & 0o777).toBe(0o600);
  });

  test('hands everything over in the order in which it came, and keeps nothing of it', async () => {
    const journal = openJournal(folder);
    const ids = Array.from({ length: 500 }, (_, index) => `request-${index}`);
    const appended = named(...ids).map((entry) => journal.append(entry));
    const first = await drained(journal);
    await Promise.all(appended);
    expect([...first, ...(await drained(journal))]).toEqual(ids);
    expect(segments()).toEqual([]);
  });

  test('takes what comes while it is drained into a segment of its own', async () => {
    const journal = openJournal(folder);
    const [a, b, c] = named('a', 'b', 'c');
    if (!a || !b || !c) throw new Error();
    await journal.append(a);
    const seen: string[] = [];
    await journal.drain(async (entries) => {
      if (seen.length === 0) await Promise.all([journal.append(b), journal.append(c)]);
      seen.push(...entries.map((entry) => entry.request_id));
    });
    expect([...seen, ...(await drained(journal))]).toEqual(['a', 'b', 'c']);
  });

  test('keeps a segment whose fold failed, and hands it over again before what came later', async () => {
    const journal = openJournal(folder);
    const [a, b] = named('a', 'b');
    if (!a || !b) throw new Error();
    await journal.append(a);
    await expect(journal.drain(() => Promise.reject(new Error('no database')))).rejects.toThrow('no database');
    await journal.append(b);
    expect(await drained(journal)).toEqual(['a', 'b']);
  });

  test('hands over what an earlier process left, oldest first', async () => {
    const before = openJournal(folder);
    for (const entry of named('a', 'b')) await before.append(entry);
    const next = openJournal(folder);
    for (const entry of named('c')) await next.append(entry);
    expect(await drained(next)).toEqual(['a', 'b', 'c']);
    expect(segments()).toEqual([]);
  });

  test('hands over lines of a version before organizations as paid by none', async () => {
    const { organization_id: _since, ...before } = journalEntry({ request_id: 'old' });
    writeFileSync(join(folder, '00000000000000000001.jsonl'), `${JSON.stringify(before)}\n`);
    const entries: JournalEntry[] = [];
    await openJournal(folder).drain(async (part) => void entries.push(...part));
    expect(entries).toEqual([journalEntry({ request_id: 'old', organization_id: '' })]);
  });

  test('drops a torn last line: nobody received that answer whole', async () => {
    const [a, b] = named('a', 'b');
    if (!a || !b) throw new Error();
    writeFileSync(join(folder, '00000000000000000001.jsonl'), line(a) + line(b).slice(0, 70));
    expect(await drained(openJournal(folder))).toEqual(['a']);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('drops a damaged line elsewhere, and keeps the file beside', async () => {
    const [a, b] = named('a', 'b');
    if (!a || !b) throw new Error();
    const text = `${line(a)}{"request_id":"torn${'\n'}${line(b)}`;
    writeFileSync(join(folder, '00000000000000000001.jsonl'), text);
    expect(await drained(openJournal(folder))).toEqual(['a', 'b']);
    expect(readdirSync(folder)).toEqual(['00000000000000000001.jsonl.damaged']);
    expect(readFileSync(join(folder, '00000000000000000001.jsonl.damaged'), 'utf8')).toBe(text);
  });

  test('reads long queues back from disk, so that a database that is away does not fill the memory', async () => {
    const journal = openJournal(folder);
    const ids = Array.from({ length: 25_000 }, (_, index) => `request-${index}`);
    const entries = named(...ids);
    await Promise.all(entries.slice(0, 15_000).map((entry) => journal.append(entry)));
    await expect(journal.drain(() => Promise.reject(new Error('away')))).rejects.toThrow();
    await Promise.all(entries.slice(15_000).map((entry) => journal.append(entry)));
    expect(await drained(journal)).toEqual(ids);
  });

  test('refuses an entry that it cannot write, keeps it out of the books, and goes on when it can again', async () => {
    const journal = openJournal(folder);
    rmSync(folder, { recursive: true });
    const [a, b] = named('a', 'b');
    if (!a || !b) throw new Error();
    await expect(journal.append(a)).rejects.toThrow('ENOENT');
    expect(await drained(journal)).toEqual([]);
    openJournal(folder).close();
    await journal.append(b);
    expect(await drained(journal)).toEqual(['b']);
  });

  test('writes what waits when it is closed', async () => {
    const journal = openJournal(folder);
    const appended = named('a', 'b').map((entry) => journal.append(entry));
    journal.close();
    await Promise.all(appended);
    expect(await drained(openJournal(folder))).toEqual(['a', 'b']);
  });

  test('leaves other files in its folder alone', async () => {
    appendFileSync(join(folder, 'notes.txt'), 'mine');
    chmodSync(join(folder, 'notes.txt'), 0o600);
    expect(await drained(openJournal(folder))).toEqual([]);
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });
});
