import { randomFillSync } from 'node:crypto';

/** Random bytes for many ids at a time: asking for them is what costs. */
const bytesPerId = 10;
const randomBytes = Buffer.allocUnsafe(bytesPerId * 400);
let used = randomBytes.length;
let lastMs = 0;
let prefix = '';

/**
 * A new call id: a UUID of version 7 (RFC 9562), so ids grow with time. It is the primary key of the request log, and
 * keys that grow are added at the end of its index, where random ones would touch a page of their own for each answer.
 * @param nowMs epoch milliseconds.
 */
export function newCallId(nowMs: number): string {
  if (used === randomBytes.length) {
    randomFillSync(randomBytes);
    used = 0;
  }
  const start = used;
  used += bytesPerId;
  const random = randomBytes.toString('hex', start, used);
  const variant = variants[Number.parseInt(random[3] ?? '0', 16) & 3];
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    const time = Math.trunc(nowMs).toString(16).padStart(12, '0');
    prefix = `${time.slice(0, 8)}-${time.slice(8, 12)}-7`;
  }
  return `${prefix}${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}

const variants = ['8', '9', 'a', 'b'];
