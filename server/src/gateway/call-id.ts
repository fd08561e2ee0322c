import { randomUUID } from 'node:crypto';

let lastMs = -1;
let prefix = '';

/**
 * A new call id: a UUID of version 7 (RFC 9562), so ids grow with time. It is the primary key of the request log, and
 * keys that grow are added at the end of its index, where random ones would touch a page of their own for each answer.
 * @param nowMs epoch milliseconds.
 */
export function newCallId(nowMs: number): string {
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    const time = Math.trunc(nowMs).toString(16).padStart(12, '0');
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  }
  // Behind the digit of its version a UUID of version 4 is what one of version 7 is: random, with the same variant.
  return prefix + randomUUID().slice(15);
}
