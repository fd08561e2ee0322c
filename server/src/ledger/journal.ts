import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import type { RequestLogTable } from './ledger.table.ts';
import type { WindowSubject } from './spend-subjects.ts';

/** One settled answer: a line of the journal, and later a row of the request log. */
export interface JournalEntry extends RequestLogTable {
  /** The budgets beside those of the owners that the answer spends from; absent for most. Not in the log. */
  readonly windows?: readonly WindowSubject[] | undefined;
}

/**
 * The append-only file that makes an answer's cost safe before its last byte leaves. Lines of one turn of the
 * event loop share one write. Written segments survive `kill -9` (they are in the operating system's hands);
 * they are folded into the database, whose own log is synced, and then removed.
 */
export interface Journal {
  /** Resolves when the line is written; an entry whose line cannot be written is not in the books. */
  append(entry: JournalEntry): Promise<void>;
  /**
   * Hands over everything written so far, oldest first, segment by segment, and removes a segment once `fold`
   * has resolved for all of it. If `fold` rejects, the segment stays for the next time.
   */
  drain(fold: (entries: readonly JournalEntry[]) => Promise<void>): Promise<void>;
  /** Keeps an entry that the database refuses for what it holds in a file beside, for people to look at. */
  setAside(entry: JournalEntry, reason: unknown): void;
  /** Writes what waits and closes the file. */
  close(): void;
}

interface Segment {
  readonly path: string;
  /** Null for segments that are only on disk: found at start, or dropped from memory while the database was away. */
  entries: JournalEntry[] | null;
}

/** How many entries of waiting segments may stay in memory; the rest is read back from disk. */
const entriesInMemory = 20_000;

/** Opens the journal in a folder of its own; segments of an earlier process are drained first. */
export function openJournal(folder: string): Journal {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const waiting: Segment[] = readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => ({ path: join(folder, name), entries: null }));
  // After every segment that waits, also when the clock was set back since.
  let sequence = Math.max(Date.now() * 1000, ...waiting.map(({ path }) => Number.parseInt(basename(path), 10)));
  let current: (Segment & { descriptor: number; entries: JournalEntry[] }) | null = null;
  let lines: string[] = [];
  let batch: PromiseWithResolvers<void> | null = null;
  /** Entries of the current segment whose lines are written. */
  let written = 0;

  function open(): Segment & { descriptor: number; entries: JournalEntry[] } {
    sequence += 1;
    const path = join(folder, `${String(sequence).padStart(20, '0')}.jsonl`);
    written = 0;
    return { path, entries: [], descriptor: openSync(path, 'ax', 0o600) };
  }

  function write(): void {
    if (!batch || !current) return;
    const { resolve, reject } = batch;
    const text = lines.join('');
    lines = [];
    batch = null;
    try {
      writeWhole(current.descriptor, text);
      written = current.entries.length;
      resolve();
    } catch (error) {
      // A line may be half written: nothing may follow it in this file. What was refused is not folded either.
      current.entries.splice(written);
      endSegment();
      reject(error);
    }
  }

  function endSegment(): void {
    if (!current) return;
    closeSync(current.descriptor);
    const held = waiting.reduce((sum, segment) => sum + (segment.entries?.length ?? 0), 0);
    waiting.push({
      path: current.path,
      entries: held + current.entries.length > entriesInMemory ? null : current.entries,
    });
    current = null;
  }

  /** Ends the current segment, so that what comes next goes into a new one. */
  function rotate(): void {
    write();
    endSegment();
  }

  return {
    append(entry) {
      try {
        // Before the line is taken: a journal that cannot be opened refuses the entry, and no other one with it.
        current ??= open();
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error(String(error)));
      }
      lines.push(`${JSON.stringify(entry)}\n`);
      current.entries.push(entry);
      if (!batch) {
        batch = Promise.withResolvers<void>();
        setImmediate(write);
      }
      return batch.promise;
    },
    async drain(fold) {
      rotate();
      while (waiting[0]) {
        const segment = waiting[0];
        await fold(segment.entries ?? readSegment(segment.path));
        rmSync(segment.path, { force: true });
        waiting.shift();
      }
    },
    setAside(entry, reason) {
      const line = `${JSON.stringify({ reason: String(reason), entry })}\n`;
      appendFileSync(join(folder, 'set-aside.log'), line, { mode: 0o600 });
    },
    close() {
      rotate();
    },
  };
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}

/** What lines of earlier versions do not name. */
const unknownEarlier = {
  organization_id: '',
  session_id: '',
  spend_logs_metadata: '',
  saved_ms: 0,
  unreported_input_tokens: 0,
  prompt_cache_saved_nano_usd: 0,
  prompt_cache_premium_nano_usd: 0,
} as const;

/**
 * Reads a segment back. A torn last line belongs to an answer that nobody received whole, and is dropped.
 * A damaged line elsewhere (a full disk) is dropped too, and the file is kept beside as `.damaged`.
 */
function readSegment(path: string): JournalEntry[] {
  const text = readFileSync(path, 'utf8');
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
  const entries: JournalEntry[] = [];
  for (const line of lines) {
    try {
      entries.push({ ...unknownEarlier, ...(JSON.parse(line) as Omit<JournalEntry, keyof typeof unknownEarlier>) });
    } catch {
      writeFileSync(`${path}.damaged`, text, { mode: 0o600 });
    }
  }
  return entries;
}
