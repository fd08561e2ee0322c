import type { TokenUsage } from '../prices/token-prices.ts';
import { textOfMessage } from './message-text.ts';
import { readUsage } from './read-usage.ts';

/**
 * Reads a stream of server-sent events on the side while it is passed on. Events go on as the bytes they came
 * in; only two are held back: the usage event that the gateway itself asked for, and the closing `[DONE]`,
 * which must not reach the client before the answer is settled.
 */
export interface StreamMeter {
  /** Takes bytes from the provider; returns those that may go to the client now (maybe none). */
  push(chunk: Buffer): Buffer | null;
  /** The provider has ended: a last event that lacks only its blank line counts; returns it when it may go on. */
  end(): Buffer | null;
  readonly usage: TokenUsage | null;
  /** The usage event as it came, for clients that asked for it and for replays from the cache. */
  readonly usageEvent: Buffer | null;
  /** The provider has ended the answer by its own word (`[DONE]` or a finish reason), without an error. */
  readonly isComplete: boolean;
  readonly responseId: string | null;
  readonly created: number | null;
  /** True once the provider has sent an error event in place of an answer. */
  readonly error: string | null;
  /** Texts that the client has been sent so far, one for each choice; for counting what no provider reported. */
  receivedTexts(): string[];
  /** Every event passed on so far, for the response cache; null when the stream was too long to keep. */
  keptEvents(): Buffer | null;
}

/** The end of every stream in OpenAI's dialect. */
export const doneEvent = Buffer.from('data: [DONE]\n\n');

const blankLine = Buffer.from('\n\n');
const newline = 0x0a;
const carriageReturn = 0x0d;
/** One event may not be longer than this: a provider that never ends a line must not fill the memory. */
const maxEventBytes = 16 * 1024 * 1024;
/** Of a stream so much is kept for the cache; of a longer one only the texts, for counting. */
const maxKeptBytes = 4 * 1024 * 1024;
const usageMark = Buffer.from('"usage"');
const finishMarks = [Buffer.from('"finish_reason":"'), Buffer.from('"finish_reason": "')];
const errorMark = Buffer.from('"error"');

/** @param passUsage true when the client itself asked for the usage event. */
export function createStreamMeter(passUsage: boolean): StreamMeter {
  let pending: Buffer | null = null;
  /** Null once the stream is too long to keep: from then on only its texts are collected. */
  let kept: Buffer[] | null = [];
  let keptBytes = 0;
  const texts: ReceivedTexts = new Map();
  const state = {
    usage: null as TokenUsage | null,
    usageEvent: null as Buffer | null,
    isDone: false,
    isFinished: false,
    responseId: null as string | null,
    created: null as number | null,
    error: null as string | null,
  };

  /** Looks at one event; false when it is held back. */
  function inspect(event: Buffer): boolean {
    if (isDoneEvent(event)) {
      state.isDone = true;
      return false;
    }
    if (!state.isFinished && finishMarks.some((mark) => event.includes(mark))) state.isFinished = true;
    if (state.responseId === null || event.includes(usageMark) || event.includes(errorMark)) {
      const data = parseData(event);
      if (!data) return true;
      if (typeof data['id'] === 'string') state.responseId = data['id'];
      if (typeof data['created'] === 'number') state.created = data['created'];
      if (data['error'] !== undefined && data['error'] !== null)
        state.error = JSON.stringify(data['error']).slice(0, 2_000);
      const usage = readUsage(data['usage']);
      if (usage) {
        state.usage = usage;
        if (Array.isArray(data['choices']) && data['choices'].length === 0) {
          state.usageEvent = Buffer.from(event);
          return passUsage;
        }
      }
    }
    return true;
  }

  function keep(bytes: Buffer): void {
    if (kept === null) {
      addTexts(bytes, texts);
      return;
    }
    kept.push(bytes);
    keptBytes += bytes.length;
    if (keptBytes <= maxKeptBytes) return;
    addTexts(Buffer.concat(kept), texts);
    kept = null;
  }

  return {
    get usage() {
      return state.usage;
    },
    get usageEvent() {
      return state.usageEvent;
    },
    get isComplete() {
      return (state.isDone || state.isFinished) && state.error === null && pending === null;
    },
    get responseId() {
      return state.responseId;
    },
    get created() {
      return state.created;
    },
    get error() {
      return state.error;
    },
    push(chunk) {
      const bytes: Buffer = pending ? Buffer.concat([pending, chunk]) : chunk;
      const passed: Buffer[] = [];
      let from = 0;
      let runStart = 0;
      for (let end = endOfEvent(bytes, from); end !== -1; end = endOfEvent(bytes, from)) {
        const event = bytes.subarray(from, end);
        if (!inspect(event)) {
          if (runStart < from) passed.push(bytes.subarray(runStart, from));
          runStart = end;
        }
        from = end;
      }
      if (runStart < from) passed.push(bytes.subarray(runStart, from));
      pending = from < bytes.length ? bytes.subarray(from) : null;
      if (pending && pending.length > maxEventBytes) throw new Error('an event of the stream is longer than 16 MB');
      if (passed.length === 0) return null;
      const out = passed.length === 1 && passed[0] ? passed[0] : Buffer.concat(passed);
      keep(out);
      return out;
    },
    end() {
      if (pending === null || !(isDoneEvent(pending) || parseData(pending) !== null || isBlank(pending))) return null;
      const passed = this.push(blankLine);
      pending = null;
      return passed;
    },
    receivedTexts() {
      return [...(kept === null ? texts : addTexts(Buffer.concat(kept), new Map())).values()];
    },
    keptEvents() {
      return kept === null ? null : Buffer.concat(kept);
    },
  };
}

/** One past the blank line that ends the event starting at `from`; -1 when it has not come yet. */
function endOfEvent(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(newline, from); at !== -1; at = bytes.indexOf(newline, at + 1)) {
    const next = bytes[at + 1];
    if (next === newline) return at + 2;
    if (next === carriageReturn && bytes[at + 2] === newline) return at + 3;
  }
  return -1;
}

function isDoneEvent(event: Buffer): boolean {
  return event.length < 24 && /^data: ?\[DONE\]\s*$/.test(event.toString('latin1'));
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < 24 && bytes.toString('latin1').trim() === '';
}

/** The JSON of an event's data lines; null for comments and other things. */
function parseData(event: Buffer): Record<string, unknown> | null {
  const data = event
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n');
  if (data === '') return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

interface ReceivedChoice {
  readonly index?: number;
  readonly delta?: unknown;
}

/** What each choice of an answer says so far, by its index. */
type ReceivedTexts = Map<number, string>;

/** Adds what whole events say to the texts. */
function addTexts(bytes: Buffer, texts: ReceivedTexts): ReceivedTexts {
  for (let from = 0, end = endOfEvent(bytes, 0); end !== -1; from = end, end = endOfEvent(bytes, from)) {
    const choices = parseData(bytes.subarray(from, end))?.['choices'];
    if (!Array.isArray(choices)) continue;
    for (const choice of choices as (ReceivedChoice | null)[]) {
      if (choice === null) continue;
      const index = choice.index ?? 0;
      texts.set(index, (texts.get(index) ?? '') + textOfMessage(choice.delta));
    }
  }
  return texts;
}
