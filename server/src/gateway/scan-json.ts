/** Where a top-level member of a JSON object lies in its bytes. */
export interface MemberSpan {
  readonly name: string;
  /** Start of the name's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  /** One past the value's last byte. */
  readonly valueEnd: number;
}

/**
 * Finds the top-level members of a JSON object without building it: a body is mostly text that nobody here reads.
 * It accepts what `JSON.parse` accepts and nothing else, so what is checked by the spans is what every strict reader
 * sees, escapes in names, nesting and repeated names included. Of UTF-8 it knows only what JSON is made of: whether
 * the bytes are UTF-8 at all is the caller's to check.
 * @returns null when the bytes are not exactly one valid JSON object.
 */
export function scanMembers(bytes: Buffer): MemberSpan[] | null {
  return new JsonScanner(bytes).members();
}

const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** In place of a position: what stands there is not JSON. */
const invalid = -1;

/** Bytes that do not stand for themselves in a string: the closing quote, an escape, and control characters. */
const isSpecial = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === quote || byte === backslash ? 1 : 0,
);
const isHexDigit = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9a-fA-F]/.test(String.fromCharCode(byte)) ? 1 : 0,
);
/** By what follows a backslash, how long the escape is; 0 for what none begins with. */
const escapeLengths = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  return letter === 'u' ? 6 : '"\\/bfnrt'.includes(letter) ? 2 : 0;
});
const literals = new Map(['true', 'false', 'null'].map((literal) => [literal.charCodeAt(0), Buffer.from(literal)]));

/** From this size on a text is also seen as words of four bytes; in smaller ones that costs more than it saves. */
const wordsFromBytes = 4 * 1024;
/** Even then so many bytes of a string are looked at one by one before the rest of it is looked at by words. */
const nearBytes = 16;
/** The stack of open containers; what is nested deeper gets a larger one. One for all scans: no two run at once. */
const usualStack = new Uint8Array(64);

/** Each method takes the position at which something begins, and returns the one behind it, or `invalid`. */
class JsonScanner {
  private readonly bytes: Buffer;
  /** Bytes before the first that is aligned as a word. */
  private readonly lead: number;
  private readonly words: Int32Array | null;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.lead = -bytes.byteOffset & 3;
    this.words =
      bytes.length < wordsFromBytes
        ? null
        : new Int32Array(bytes.buffer, bytes.byteOffset + this.lead, (bytes.length - this.lead) >> 2);
  }

  members(): MemberSpan[] | null {
    const { bytes } = this;
    let at = this.skipSpace(0);
    if (bytes[at] !== openBrace) return null;
    const members: MemberSpan[] = [];
    at = this.skipSpace(at + 1);
    if (bytes[at] === closeBrace) return this.isEnd(at + 1) ? members : null;
    for (;;) {
      const start = at;
      const nameEnd = this.skipString(start);
      const valueStart = this.skipColon(nameEnd);
      const valueEnd = this.skipValue(valueStart);
      if (valueEnd === invalid) return null;
      members.push({ name: nameIn(bytes, start, nameEnd), start, valueStart, valueEnd });
      at = this.skipSpace(valueEnd);
      if (bytes[at] === closeBrace) return this.isEnd(at + 1) ? members : null;
      if (bytes[at] !== comma) return null;
      at = this.skipSpace(at + 1);
    }
  }

  private isEnd(from: number): boolean {
    return this.skipSpace(from) === this.bytes.length;
  }

  private skipSpace(from: number): number {
    const { bytes } = this;
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
      at += 1;
    }
    return at;
  }

  /** The colon behind a name, with the white space on both sides of it. */
  private skipColon(nameEnd: number): number {
    if (nameEnd === invalid) return invalid;
    const at = this.skipSpace(nameEnd);
    return this.bytes[at] === colon ? this.skipSpace(at + 1) : invalid;
  }

  private skipValue(from: number): number {
    if (from === invalid) return invalid;
    const first = this.bytes[from];
    if (first === openBrace || first === openBracket) return this.skipNested(from);
    return this.skipScalar(from, first);
  }

  private skipScalar(from: number, first: number | undefined): number {
    if (first === quote) return this.skipString(from);
    if (first === minus || isDigit(first)) return this.skipNumber(from);
    return this.skipLiteral(from, first);
  }

  /** An object or array with everything in it. No recursion: how deep it goes is the sender's choice. */
  private skipNested(from: number): number {
    const { bytes } = this;
    /** The bytes that close what is open, innermost last. */
    let closers = usualStack;
    let depth = 0;
    let at = from;
    for (;;) {
      // Here a value begins.
      const first = bytes[at];
      if (first === openBrace || first === openBracket) {
        if (depth === closers.length) closers = grown(closers);
        const closer = first === openBrace ? closeBrace : closeBracket;
        closers[depth] = closer;
        depth += 1;
        at = this.skipSpace(at + 1);
        if (bytes[at] !== closer) {
          if (closer === closeBrace) at = this.skipColon(this.skipString(at));
          if (at === invalid) return invalid;
          continue;
        }
      } else {
        at = this.skipScalar(at, first);
        if (at === invalid) return invalid;
        at = this.skipSpace(at);
      }
      // Here a value has ended, and with it maybe what it stands in.
      while (bytes[at] === closers[depth - 1]) {
        depth -= 1;
        at += 1;
        if (depth === 0) return at;
        at = this.skipSpace(at);
      }
      if (bytes[at] !== comma) return invalid;
      at = this.skipSpace(at + 1);
      if (closers[depth - 1] === closeBrace) at = this.skipColon(this.skipString(at));
      if (at === invalid) return invalid;
    }
  }

  private skipString(from: number): number {
    const { bytes } = this;
    if (bytes[from] !== quote) return invalid;
    let at = this.skipOrdinary(from + 1);
    while (bytes[at] === backslash) {
      const end = at + (escapeLengths[bytes[at + 1] ?? 0] ?? 0);
      if (end === at) return invalid;
      for (let digit = at + 2; digit < end; digit += 1) if (isHexDigit[bytes[digit] ?? 0] === 0) return invalid;
      at = this.skipOrdinary(end);
    }
    return bytes[at] === quote ? at + 1 : invalid;
  }

  /** What stands for itself in a string. Long texts are where the time goes: there four bytes are tested at once. */
  private skipOrdinary(from: number): number {
    const { words, lead } = this;
    if (words === null) return this.skipOrdinaryBytes(from, this.bytes.length);
    let at = this.skipOrdinaryBytes(from, from + nearBytes);
    if (at < from + nearBytes) return at;
    let word = (at - lead + 3) >> 2;
    at = this.skipOrdinaryBytes(at, lead + (word << 2));
    if (at < lead + (word << 2)) return at;
    while (word < words.length && !holdsSpecial(words[word] ?? 0)) word += 1;
    return this.skipOrdinaryBytes(lead + (word << 2), this.bytes.length);
  }

  private skipOrdinaryBytes(from: number, to: number): number {
    const { bytes } = this;
    const end = Math.min(to, bytes.length);
    let at = from;
    while (at < end && isSpecial[bytes[at] ?? 0] === 0) at += 1;
    return at;
  }

  private skipNumber(from: number): number {
    const { bytes } = this;
    let at = bytes[from] === minus ? from + 1 : from;
    if (bytes[at] === zero) at += 1;
    else at = this.skipDigits(at);
    if (at !== invalid && bytes[at] === point) at = this.skipDigits(at + 1);
    // An `e` or an `E`.
    if (at !== invalid && ((bytes[at] ?? 0) | 0x20) === 0x65) {
      const sign = bytes[at + 1];
      at = this.skipDigits(sign === minus || sign === 0x2b ? at + 2 : at + 1);
    }
    return at;
  }

  /** At least one digit. */
  private skipDigits(from: number): number {
    const { bytes } = this;
    let at = from;
    while (at < bytes.length && isDigit(bytes[at])) at += 1;
    return at > from ? at : invalid;
  }

  private skipLiteral(from: number, first: number | undefined): number {
    const literal = literals.get(first ?? 0);
    if (!literal) return invalid;
    for (let index = 1; index < literal.length; index += 1) {
      if (this.bytes[from + index] !== literal[index]) return invalid;
    }
    return from + literal.length;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

const everyByte = 0x01010101;
const highBits = 0x80808080 | 0;

/** Whether one of a word's four bytes is a quote, a backslash or a control character: by the bits that a subtraction borrows. */
function holdsSpecial(word: number): boolean {
  const quotes = word ^ (quote * everyByte);
  const backslashes = word ^ (backslash * everyByte);
  const borrowed =
    ((word - 0x20 * everyByte) & ~word) | ((quotes - everyByte) & ~quotes) | ((backslashes - everyByte) & ~backslashes);
  return (borrowed & highBits) !== 0;
}

function grown(stack: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(stack.length * 2);
  larger.set(stack);
  return larger;
}

/**
 * Names met before, by a hash of their bytes: to find one again costs less than to make it again. Only names without
 * escapes, so that bytes with one are never taken for a name that is spelled like them.
 */
const namesMet = new Array<string>(256).fill('');
const longestNameKept = 32;

/** The name between its quotes. Nearly all are the same few, without escapes, and need no parser. */
function nameIn(bytes: Buffer, start: number, end: number): string {
  const from = start + 1;
  const to = end - 1;
  const slot = slotOf(bytes, from, to);
  const met = namesMet[slot] ?? '';
  if (isSpelled(met, bytes, from, to)) return met;
  const text = bytes.toString('utf8', from, to);
  if (text.includes('\\')) return JSON.parse(`"${text}"`) as string;
  if (to - from <= longestNameKept) namesMet[slot] = text;
  return text;
}

/** By FNV-1a, which spreads short names well. */
function slotOf(bytes: Buffer, from: number, to: number): number {
  let hash = 0;
  const end = Math.min(to, from + longestNameKept);
  for (let at = from; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash >>> 24;
}

/** Whether these bytes are a name of ASCII; of another name the bytes are more than its characters. */
function isSpelled(name: string, bytes: Buffer, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let index = 0; index < name.length; index += 1) {
    if (name.charCodeAt(index) !== bytes[from + index]) return false;
  }
  return true;
}
