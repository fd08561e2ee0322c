import { readUsage } from '../prices/read-usage.ts';
import type { TokenUsage } from '../prices/token-prices.ts';
import { textOfMessage } from './message-text.ts';

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
  return new EventMeter(passUsage);
}

/** A class and not an object of closures, for the reason given in `settle.ts`. */
class EventMeter implements StreamMeter {
  usage: TokenUsage | null = null;
  usageEvent: Buffer | null = null;
  responseId: string | null = null;
  created: number | null = null;
  error: string | null = null;
  private readonly passUsage: boolean;
  private isDone = false;
  private isFinished = false;
  private pending: Buffer | null = null;
  /** Null once the stream is too long to keep: from then on only its texts are collected. */
  private kept: Buffer[] | null = [];
  private keptBytes = 0;
  private readonly texts: ReceivedTexts = new Map();

  constructor(passUsage: boolean) {
    this.passUsage = passUsage;
  }

  get isComplete(): boolean {
    return (this.isDone || this.isFinished) && this.error === null && this.pending === null;
  }

  push(chunk: Buffer): Buffer | null {
    const bytes: Buffer = this.pending ? Buffer.concat([this.pending, chunk]) : chunk;
    const passed: Buffer[] = [];
    let from = 0;
    let runStart = 0;
    for (let end = endOfEvent(bytes, from); end !== -1; end = endOfEvent(bytes, from)) {
      const event = bytes.subarray(from, end);
      if (!this.inspect(event)) {
        if (runStart < from) passed.push(bytes.subarray(runStart, from));
        runStart = end;
      }
      from = end;
    }
    if (runStart < from) passed.push(bytes.subarray(runStart, from));
    this.pending = from < bytes.length ? bytes.subarray(from) : null;
    if (this.pending && this.pending.length > maxEventBytes) {
      throw new Error('an event of the stream is longer than 16 MB');
    }
    if (passed.length === 0) return null;
    const out = passed.length === 1 && passed[0] ? passed[0] : Buffer.concat(passed);
    this.keep(out);
    return out;
  }

  end(): Buffer | null {
    const { pending } = this;
    if (pending === null || !(isDoneEvent(pending) || parseData(pending) !== null || isBlank(pending))) return null;
    const passed = this.push(blankLine);
    this.pending = null;
    return passed;
  }

  receivedTexts(): string[] {
    return [...(this.kept === null ? this.texts : addTexts(Buffer.concat(this.kept), new Map())).values()];
  }

  keptEvents(): Buffer | null {
    return this.kept === null ? null : Buffer.concat(this.kept);
  }

  /** Looks at one event; false when it is held back. */
  private inspect(event: Buffer): boolean {
    if (isDoneEvent(event)) {
      this.isDone = true;
      return false;
    }
    if (!this.isFinished && finishMarks.some((mark) => event.includes(mark))) this.isFinished = true;
    if (this.responseId !== null && !event.includes(usageMark) && !event.includes(errorMark)) return true;
    const data = parseData(event);
    if (!data) return true;
    if (typeof data['id'] === 'string') this.responseId = data['id'];
    if (typeof data['created'] === 'number') this.created = data['created'];
    if (data['error'] !== undefined && data['error'] !== null) {
      this.error = JSON.stringify(data['error']).slice(0, 2_000);
    }
    const usage = readUsage(data['usage']);
    if (!usage) return true;
    this.usage = usage;
    if (!Array.isArray(data['choices']) || data['choices'].length > 0) return true;
    this.usageEvent = Buffer.from(event);
    return this.passUsage;
  }

  private keep(bytes: Buffer): void {
    if (this.kept === null) {
      addTexts(bytes, this.texts);
      return;
    }
    this.kept.push(bytes);
    this.keptBytes += bytes.length;
    if (this.keptBytes <= maxKeptBytes) return;
    addTexts(Buffer.concat(this.kept), this.texts);
    this.kept = null;
  }
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
