import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { ApiError } from '../../http/api-error.ts';

const computeArgon2 = promisify(argon2);

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };
const hashBytes = 32;

/** Two hashes take 38 MiB and two threads; more at once would let guessing take all of the machine. */
const maxRunning = 2;
/** About three seconds of work; a caller that would wait longer is told to come back. */
const maxWaiting = 100;

/**
 * Which queue a password waits in. Those of people who are known (by a session, a link, or a browser that they have
 * signed in with) go first: whoever floods the sign-in from elsewhere does not keep them waiting.
 */
type Queue = 'first' | 'last';

/**
 * Hashes a password with argon2id and a fresh salt.
 * @returns the encoded form `argon2id$v=19$m=…,t=…,p=…$salt$hash`, salt and hash in base64url.
 * @throws ApiError 503 when too many passwords wait to be hashed.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  // Nobody sets a password who has not shown a session, a link or a key.
  const hash = await derive(password, salt, cost, hashBytes, 'first');
  const { memory, passes, parallelism } = cost;
  return `argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/**
 * True when the password is the one that was hashed. Without a hash (nobody of that name, no password yet) it
 * does the same work and says false, so that the time of an answer tells nothing.
 * @throws ApiError 503 when too many passwords wait to be hashed.
 */
export async function verifyPassword(
  password: string,
  encoded: string | null,
  queue: Queue = 'last',
): Promise<boolean> {
  const stored = encoded === null ? null : decode(encoded);
  const { salt, hash, ...storedCost } = stored ?? nobody;
  const computed = await derive(password, salt, storedCost, hash.length, queue);
  return timingSafeEqual(computed, hash) && stored !== null;
}

/** Stands for the accounts that do not exist. */
const nobody = { salt: randomBytes(16), hash: randomBytes(hashBytes), ...cost };

function decode(encoded: string) {
  const match = /^argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(encoded);
  if (!match) return null;
  const [, memory, passes, parallelism, salt = '', hash = ''] = match;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  };
}

/** The same characters hash alike however the keyboard composed them. */
async function derive(
  password: string,
  nonce: Buffer,
  parameters: typeof cost,
  tagLength: number,
  queue: Queue,
): Promise<Buffer> {
  const message = Buffer.from(password.normalize('NFKC'), 'utf8');
  return await inTurn(queue, () => {
    computed += 1;
    return computeArgon2('argon2id', { message, nonce, tagLength, ...parameters });
  });
}

let computed = 0;

/** How many passwords this process has hashed since it started: what guessing costs it. */
export function countHashedPasswords(): number {
  return computed;
}

// The limit guards the memory of the process, so it is the process's own.
let running = 0;
const waiting: Record<Queue, (() => void)[]> = { first: [], last: [] };

async function inTurn<Result>(queue: Queue, work: () => Promise<Result>): Promise<Result> {
  if (running >= maxRunning) {
    if (waiting[queue].length >= maxWaiting) throw tooManyWaiting();
    // Whoever finishes hands its place over, so `running` stays as it is.
    await new Promise<void>((start) => waiting[queue].push(start));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.first.shift() ?? waiting.last.shift();
    if (next) next();
    else running -= 1;
  }
}

function tooManyWaiting(): ApiError {
  return new ApiError(503, 'Too many passwords are being checked right now. Try again in a few seconds.', {
    type: 'overloaded_error',
    param: 'None',
    headers: { 'retry-after': '3' },
  });
}
