import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makePerson, type Person, testPassword } from '../../testing/make-person.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../../testing/start-test-app.ts';
import { countHashedPasswords, createSignInThrottle } from '../passwords/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    madeUpAddresses: number;
  }
}

const guesses = 1_000;
/** So many guesses are under way at once: enough to keep the gateway busy, and no more than wait to be hashed. */
const atOnce = 40;
const home = '198.51.100.7';

describeOnEachEngine('Signing in under attack', (openStorage, engine) => {
  let app: TestApp;
  let ann: Person;
  let annsCookies: string;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    const storage = await openStorage();
    app = await startTestApp({ storage, now: () => clock, settings: { trustForwardedFor: true } });
    ann = await makePerson(app, 'internal_user');
    const answer = await signIn(ann.email, testPassword, { ip: home });
    expect(answer.status).toBe(200);
    annsCookies = cookiesOf(answer);
  });
  afterAll(() => app.close());

  const signIn = (username: string, password: string, { ip, cookie }: { ip: string; cookie?: string }) =>
    app.send('POST', '/v2/login', {
      key: null,
      body: { username, password },
      headers: { 'x-forwarded-for': ip, ...(cookie === undefined ? {} : { cookie }) },
    });

  /** Ann with the browser that she has signed in with, wherever she is; and at home with a browser that has forgotten her. */
  const annSignsIn = async () => {
    const travelling = await signIn(ann.email, testPassword, { ip: '192.0.2.200', cookie: annsCookies });
    const atHome = await signIn(ann.email, testPassword, { ip: home });
    return [travelling.status, atHome.status];
  };

  /** A thousand guesses, many at once; after every hundred of them `meanwhile`. @returns how many had which status. */
  async function attack(guess: (n: number) => Promise<TestAnswer>, meanwhile: () => Promise<void>) {
    const answers: TestAnswer[] = [];
    for (let begun = 0; begun < guesses; begun += atOnce) {
      const batch = Array.from({ length: atOnce }, (_, n) => guess(begun + n));
      if (begun % 200 === 0) await meanwhile();
      answers.push(...(await Promise.all(batch)));
    }
    return answers;
  }

  const statusesOf = (answers: readonly TestAnswer[]) => {
    const counts: Record<number, number> = {};
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };

  const expectRefusals = (answers: readonly TestAnswer[]) => {
    for (const answer of answers.filter(({ status }) => status === 429)) {
      expect(answer.json()).toEqual({
        error: {
          message: 'Too many failed sign-in attempts. Try again later.',
          type: 'auth_error',
          param: 'None',
          code: '429',
        },
      });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(900);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  };

  it('a thousand guesses at one account from a thousand addresses: a hundred are checked, and its owner gets in', async () => {
    const hashedBefore = countHashedPasswords();
    let owners = 0;
    const answers = await attack(
      (n) => signIn(ann.email, `Guess-number-${n}!`, { ip: `10.0.${n >> 8}.${n % 256}` }),
      async () => {
        expect(await annSignsIn()).toEqual([200, 200]);
        owners += 2;
      },
    );
    expect(statusesOf(answers)).toEqual({ 401: 100, 429: 900 });
    expect(countHashedPasswords() - hashedBefore).toBe(100 + owners);
    expectRefusals(answers);
    expect(await annSignsIn()).toEqual([200, 200]);
    process.stdout.write(
      `${engine}: ${guesses} guesses at one account, 100 checked, its owner in ${owners + 2} times\n`,
    );
  });

  it('a stranger’s right guess does not get in then, nor do their other browsers; a new password by mail would', async () => {
    expect((await signIn(ann.email, testPassword, { ip: '10.0.0.1' })).status).toBe(429);
    const bob = await makePerson(app, 'internal_user');
    const bobs = cookiesOf(await signIn(bob.email, testPassword, { ip: '10.9.9.9' }));
    expect((await signIn(ann.email, testPassword, { ip: '10.9.9.9', cookie: bobs })).status).toBe(429);

    const { reset_url: link } = (await app.send('POST', '/user/reset_link', { body: { user_id: ann.userId } })).json<{
      reset_url: string;
    }>();
    const answer = await app.send('POST', '/user/reset_password', {
      key: null,
      body: { token: link.slice(link.indexOf('#t=') + 3), new_password: testPassword },
    });
    expect(answer.status).toBe(200);
    const anywhere = { ip: '192.0.2.77', cookie: cookiesOf(answer) };
    expect((await signIn(ann.email, testPassword, anywhere)).status).toBe(200);
  });

  it('is over for everybody when the window is', async () => {
    clock += 900_000;
    expect((await signIn(ann.email, testPassword, { ip: '192.0.2.99' })).status).toBe(200);
  });

  it('a thousand guesses from one address at a thousand accounts: two hundred are checked, and its neighbour gets in', async () => {
    const hashedBefore = countHashedPasswords();
    let owners = 0;
    const answers = await attack(
      (n) => signIn(`person-${n}@acme.example`, 'Autumn-2026-Acme!', { ip: '203.0.113.9' }),
      async () => {
        // Ann sits behind the address that guesses, and elsewhere.
        expect((await signIn(ann.email, testPassword, { ip: '203.0.113.9', cookie: annsCookies })).status).toBe(200);
        expect(await annSignsIn()).toEqual([200, 200]);
        owners += 3;
      },
    );
    expect(statusesOf(answers)).toEqual({ 401: 200, 429: 800 });
    expect(countHashedPasswords() - hashedBefore).toBe(200 + owners);
    expectRefusals(answers);
    expect((await signIn(ann.email, testPassword, { ip: '203.0.113.9' })).status).toBe(429);
    expect((await signIn(ann.email, testPassword, { ip: '203.0.113.9', cookie: annsCookies })).status).toBe(200);
    process.stdout.write(
      `${engine}: ${guesses} guesses from one address, 200 checked, its neighbour in ${owners + 1} times\n`,
    );
  });

  it('a thousand at the same moment: nobody who is known waits for those who are not', async () => {
    clock += 900_000;
    const answers = Array.from({ length: guesses }, (_, n) =>
      signIn(ann.email, `Guess-number-${n}!`, { ip: `10.1.${n >> 8}.${n % 256}` }),
    );
    // As many as may wait to be hashed do: a stranger would be told to come back.
    await Promise.race(answers);
    expect((await signIn(ann.email, testPassword, { ip: '192.0.2.200', cookie: annsCookies })).status).toBe(200);
    const { 401: wrong = 0, 429: refused = 0, 503: busy = 0, ...rest } = statusesOf(await Promise.all(answers));
    expect(rest).toEqual({});
    expect(wrong + refused + busy).toBe(guesses);
    expect(wrong).toBeLessThanOrEqual(100);
  });

  describe('keeps counts of a bounded size', () => {
    const countRows = async () => {
      const { rows } = await app.storage.db
        .selectFrom('sign_in_failures')
        .select(({ fn }) => fn.countAll<number>().as('rows'))
        .executeTakeFirstOrThrow();
      return Number(rows);
    };

    it('whatever addresses and names are made up: what is refused leaves nothing, and each /64 is one', async () => {
      const throttle = createSignInThrottle(app.app.parts);
      const guess = (account: string, ip: string) =>
        throttle
          .attempt({ account, ip }, async () => null)
          .then(
            () => 'checked',
            ({ status }: { status: number }) => status,
          );
      for (let n = 0; n < 100; n += 1) await guess('under attack', `10.2.0.${n}`);
      for (let n = 0; n < 200; n += 1) await guess(`made up ${n}`, '2001:db8:1:2::1');
      const before = await countRows();
      const startedAt = performance.now();
      const count = inject('madeUpAddresses');
      for (let n = 0; n < count; n += 1) {
        const [high, low] = [(n >> 16).toString(16), (n % 65_536).toString(16)];
        expect(await guess('under attack', `2001:db8:${high}:${low}::1`)).toBe(429);
        expect(await guess(`another ${n}`, `2001:db8:1:2:${high}:${low}:0:1`)).toBe(429);
      }
      expect(await countRows()).toBe(before);
      const tookMs = performance.now() - startedAt;
      process.stdout.write(
        `${engine}: ${count} addresses and ${count} accounts, ${before} rows, ${((tookMs / count) * 500).toFixed(0)} µs for each refusal\n`,
      );
    });
  });
});

function cookiesOf(answer: TestAnswer): string {
  const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  return cookies.filter((cookie) => cookie.startsWith('latchkey_browser=')).join('; ');
}
