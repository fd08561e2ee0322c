import type { MemberSpan } from './scan-json.ts';

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
