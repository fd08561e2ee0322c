import { describe, expect, it } from 'vitest';
import { readFailure } from './api-failure.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });

describe('a refusal', () => {
  it('is read from the error shape, with the id of its request', async () => {
    const body = {
      error: { message: 'Key with alias exists', type: 'bad_request_error', param: 'key_alias', code: '400' },
    };
    const failure = await readFailure(answer(400, body, { 'x-litellm-call-id': 'req_1' }));
    expect(failure).toMatchObject({
      status: 400,
      message: 'Key with alias exists',
      type: 'bad_request_error',
      param: 'key_alias',
      requestId: 'req_1',
    });
  });

  it('is read from every detail shape', async () => {
    expect((await readFailure(answer(401, { detail: { error: 'Invitation link has expired.' } }))).message).toBe(
      'Invitation link has expired.',
    );
    expect((await readFailure(answer(403, { detail: 'Not allowed' }))).message).toBe('Not allowed');
    const fields = { detail: [{ loc: ['body', 'max_budget'], msg: 'must not be negative', type: 'x' }] };
    expect(await readFailure(answer(422, fields))).toMatchObject({
      message: 'max_budget: must not be negative',
      param: 'max_budget',
    });
  });

  it('has words of its own when the answer has none', async () => {
    expect((await readFailure(answer(502, '<html>Bad gateway</html>'))).message).toMatch(/had a problem/);
    expect((await readFailure(answer(404, {}))).message).toMatch(/does not exist/);
  });

  it('does not take the word None for a field', async () => {
    expect((await readFailure(answer(401, { error: { message: 'no', param: 'None' } }))).param).toBeNull();
  });
});
