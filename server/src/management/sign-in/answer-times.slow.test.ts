import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type MailServer, mailValuesFor, startMailServer } from '../../testing/mail-server.ts';
import { makePerson } from '../../testing/make-person.ts';
import { startTestApp, type TestApp, testSettings } from '../../testing/start-test-app.ts';

const rounds = 40;

/**
 * Whoever guesses names measures how long an answer takes. Kinds of names are measured in turn, so that whatever else
 * the machine does meets all of them alike.
 */
describeOnEachEngine('The time of an answer', (openStorage) => {
  let app: TestApp;
  let server: MailServer;
  const names = new Map<string, string>();

  beforeAll(async () => {
    server = await startMailServer();
    const base = testSettings();
    app = await startTestApp({
      storage: await openStorage(),
      settings: {
        // The throttle counts as always, and does not end the measurement.
        signInThrottle: { ...base.signInThrottle, maxFailures: 1_000_000 },
        mail: { ...base.mail, values: mailValuesFor(server) },
        proxyBaseUrl: 'https://llm.acme.example',
      },
    });
    const [known, disabled, careful] = [
      await makePerson(app, 'internal_user'),
      await makePerson(app, 'internal_user'),
      await makePerson(app, 'internal_user'),
    ];
    await app.send('POST', '/user/disable', { body: { user_ids: [disabled.userId] } });
    await app.storage.db
      .insertInto('totp')
      .values({ user_id: careful.userId, sealed_secret: '-', created_at: 1, confirmed_at: 1, last_used_step: 0 })
      .execute();
    const body = { user_email: 'no-password@acme.example', auto_create_key: false };
    await app.send('POST', '/user/new', { body });
    for (const [kind, name] of [
      ['known', known.email],
      ['unknown', 'nobody@acme.example'],
      ['without a password', body.user_email],
      ['disabled', disabled.email],
      ['with a second factor', careful.email],
      ['the master', 'admin'],
    ] as const) {
      names.set(kind, name);
    }
  });
  afterAll(async () => {
    await app.close();
    await server.stop();
  });

  /** Milliseconds by kind of name, measured in turn; the first round warms up. */
  async function measure(ask: (name: string) => Promise<unknown>, times = rounds): Promise<Map<string, number[]>> {
    const took = new Map([...names.keys()].map((kind) => [kind, [] as number[]]));
    for (let round = -1; round < times; round += 1) {
      for (const [kind, name] of names) {
        const startedAt = performance.now();
        await ask(name);
        if (round >= 0) took.get(kind)?.push(performance.now() - startedAt);
      }
    }
    return took;
  }

  function expectAlike(took: ReadonlyMap<string, readonly number[]>, mostMs: number): void {
    const known = took.get('known') ?? [];
    for (const [kind, times] of took) {
      expect.soft(Math.abs(medianOf(times) - medianOf(known)), `median, ${kind}`).toBeLessThan(mostMs);
      // By chance alone it leaves these bounds once in some ten thousand times.
      expect.soft(shareOfSlower(times, known), `share of slower, ${kind}`).toBeGreaterThan(0.2);
      expect.soft(shareOfSlower(times, known), `share of slower, ${kind}`).toBeLessThan(0.8);
    }
  }

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.send('POST', path, { key: null, body, headers });
  const asForm = { 'content-type': 'application/x-www-form-urlencoded' };
  const password = 'Wrong-Horse-42!';

  describe('tells nothing about a name', () => {
    it('at /v2/login', async () => {
      const took = await measure((username) => post('/v2/login', { username, password }));
      // Half of what leaving out the hash would save.
      expectAlike(took, medianOf(took.get('unknown') ?? []) / 2);
    });

    it('at the form of /login', async () => {
      const took = await measure((username) =>
        post('/login', new URLSearchParams({ username, password }).toString(), asForm),
      );
      expectAlike(took, medianOf(took.get('unknown') ?? []) / 2);
    });

    it('at a forgotten password', async () => {
      const took = await measure(async (user_email) => {
        const answer = await post('/user/forgot_password', { user_email });
        expect(answer.json()).toEqual({ message: 'If an account exists, we sent a link. It works for 30 minutes.' });
      }, 12);
      for (const times of took.values()) {
        expect(Math.min(...times)).toBeGreaterThanOrEqual(249);
        expect(Math.abs(medianOf(times) - medianOf(took.get('known') ?? []))).toBeLessThan(40);
      }
    });

    it('at the start of a passkey, which asks for none', async () => {
      const { options } = (await post('/passkey/begin', { username: names.get('known') })).json<{
        options: Record<string, unknown>;
      }>();
      expect(Object.keys(options).sort()).toEqual(['challenge', 'rpId', 'timeout', 'userVerification']);
      const again = (await post('/passkey/begin', {})).json<{ options: Record<string, unknown> }>();
      expect({ ...again.options, challenge: '' }).toEqual({ ...options, challenge: '' });
    });
  });

  it('would tell it, were there a hash less to compute', () => {
    const took = Array.from({ length: rounds }, (_, n) => 30 + (n % 7));
    const less = took.map((ms) => ms - 20);
    expect(shareOfSlower(less, took)).toBe(0);
    expect(shareOfSlower(took, took)).toBe(0.5);
  });
});

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

/** How often one of these is slower than one of the others (Mann and Whitney's U, as a share): 0.5 when they are alike. */
function shareOfSlower(ones: readonly number[], others: readonly number[]): number {
  let slower = 0;
  for (const one of ones) for (const other of others) slower += one > other ? 1 : one === other ? 0.5 : 0;
  return slower / (ones.length * others.length);
}
