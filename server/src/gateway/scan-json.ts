/** Where a top-level member of a JSON object lies in its bytes. */
export interface MemberSpan {
  readonly name: string;
  /** Start of the name's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  /** One past the value's last byte. */
  readonly valueEnd: number;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Finds the top-level members of a JSON object without building it. The bytes must be known to be valid JSON
 * (`JSON.parse` has accepted them): under that condition the spans are exactly what `JSON.parse` saw, escapes
 * in names, nesting and repeated names included. Null when the text is not an object.
 */
export function scanMembers(bytes: Buffer): MemberSpan[] | null {
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== 0x7b) return null;
  const members: MemberSpan[] = [];
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === quote) {
    const start = at;
    const nameEnd = skipString(bytes, at);
    const name = nameIn(bytes, start, nameEnd);
    at = skipSpace(bytes, skipSpace(bytes, nameEnd) + 1);
    const valueEnd = skipValue(bytes, at);
    members.push({ name, start, valueStart: at, valueEnd });
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] !== 0x2c) break;
    at = skipSpace(bytes, at + 1);
  }
  return members;
}

/** The name between its quotes. Nearly all are without escapes, and need no parser. */
function nameIn(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at += 1;
  }
}

/** Bytes of a string that are looked at one by one; calling the search for more pays only from about here on. */
const nearBytes = 64;

/** One past the closing quote of the string that starts at `from`. */
function skipString(bytes: Buffer, from: number): number {
  let at = from + 1;
  for (;;) {
    for (const near = at + nearBytes; at < near; at += 1) {
      const byte = bytes[at];
      if (byte === quote) return at + 1;
      if (byte === backslash) at += 1;
    }
    const end = bytes.indexOf(quote, at);
    if (end === -1) return bytes.length;
    let slashes = 0;
    while (bytes[end - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
    at = end + 1;
  }
}

function skipValue(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === quote) return skipString(bytes, from);
  if (first === 0x7b || first === 0x5b) return skipNested(bytes, from);
  let at = from;
  // A number, true, false or null: runs up to a comma, a closing brace or white space.
  while (at < bytes.length && !endsLiteral(bytes[at])) at += 1;
  return at;
}

function endsLiteral(byte: number | undefined): boolean {
  return (
    byte === 0x2c || byte === 0x7d || byte === 0x5d || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
  );
}

function skipNested(bytes: Buffer, from: number): number {
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === quote) {
      at = skipString(bytes, at);
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    at += 1;
  }
  return at;
}

/** A change of a JSON object's top level: a new value (JSON text), or null to remove the member. */
export type MemberEdits = ReadonlyMap<string, string | null>;

/** Rewrites the top level of an object and leaves every other byte as it came. New names are added at the front. */
export function editMembers(bytes: Buffer, members: readonly MemberSpan[], edits: MemberEdits): Buffer {
  return replaceValues(bytes, members, edits) ?? rewriteMembers(bytes, members, edits);
}

/** The usual case: values of members that are there are replaced, and nothing else. Null for other edits. */
function replaceValues(bytes: Buffer, members: readonly MemberSpan[], edits: MemberEdits): Buffer | null {
  const pieces: Buffer[] = [];
  let from = 0;
  let replaced = 0;
  for (const member of members) {
    const value = edits.get(member.name);
    if (value === undefined) continue;
    if (value === null) return null;
    pieces.push(bytes.subarray(from, member.valueStart), Buffer.from(value));
    from = member.valueEnd;
    replaced += 1;
  }
  if (replaced !== edits.size) return null;
  pieces.push(bytes.subarray(from));
  return Buffer.concat(pieces);
}

function rewriteMembers(bytes: Buffer, members: readonly MemberSpan[], edits: MemberEdits): Buffer {
  const parts: string[] = [];
  const pieces: Buffer[] = [];
  const present = new Set(members.map((member) => member.name));
  for (const [name, value] of edits) {
    if (value !== null && !present.has(name)) parts.push(`${JSON.stringify(name)}:${value}`);
  }
  const kept = members.filter((member) => edits.get(member.name) !== null);
  pieces.push(Buffer.from(`{${parts.join(',')}${parts.length > 0 && kept.length > 0 ? ',' : ''}`));
  kept.forEach((member, index) => {
    const value = edits.get(member.name);
    if (index > 0) pieces.push(comma);
    if (value === undefined || value === null) pieces.push(bytes.subarray(member.start, member.valueEnd));
    else pieces.push(bytes.subarray(member.start, member.valueStart), Buffer.from(value));
  });
  pieces.push(closingBrace);
  return Buffer.concat(pieces);
}

const comma = Buffer.from(',');
const closingBrace = Buffer.from('}');
