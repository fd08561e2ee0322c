import { describe, expect, it } from 'vitest';
import { createInputOf, draftOf, emptyDraft, endOf, type KeyDraft, problemsOf, updateInputOf } from './key-draft.ts';
import type { KeyInfo } from './key-queries.ts';

const now = new Date(2026, 10, 23, 14, 5);
const filled: KeyDraft = { ...emptyDraft(), name: ' ci ' };

describe('a new key', () => {
  it('asks for the name, the models, the day and readable numbers before anything is sent', () => {
    const problems = problemsOf(
      {
        ...emptyDraft(),
        models: [],
        expiry: 'custom',
        lastDay: '2026-11-22',
        budgetUsd: 'ten',
        tokensPerMinute: '1.5',
      },
      now,
    );
    expect(Object.keys(problems).sort()).toEqual(['budgetUsd', 'lastDay', 'models', 'name', 'tokensPerMinute']);
    expect(problemsOf(filled, now)).toEqual({});
  });

  it('belongs to its creator, calls all models and ends in 90 days unless said otherwise', () => {
    expect(createInputOf(filled, 'u1', now)).toMatchObject({
      key_alias: 'ci',
      user_id: 'u1',
      models: [],
      duration: '90d',
      max_budget: null,
      key_type: 'llm_api',
    });
    expect(createInputOf(filled, 'u1', now)).not.toHaveProperty('team_id');
  });

  it('goes to a team or to another person when chosen', () => {
    expect(createInputOf({ ...filled, charge: 'team:t1' }, 'u1', now)).toMatchObject({ user_id: 'u1', team_id: 't1' });
    const person = { userId: 'u2', label: 'Ana' };
    expect(createInputOf({ ...filled, charge: 'person', person }, 'u1', now)).toMatchObject({ user_id: 'u2' });
  });

  it('sends a window with a budget only, and none for one that never resets', () => {
    expect(createInputOf({ ...filled, budgetUsd: '2.50' }, 'u1', now)).toMatchObject({
      max_budget: 2.5,
      budget_duration: '1mo',
    });
    expect(createInputOf({ ...filled, budgetUsd: '5', budgetWindow: 'never' }, 'u1', now)).not.toHaveProperty(
      'budget_duration',
    );
    expect(createInputOf(filled, 'u1', now)).not.toHaveProperty('budget_duration');
  });

  it('works until the end of a chosen last day', () => {
    const draft: KeyDraft = { ...filled, expiry: 'custom', lastDay: '2026-11-23' };
    expect(endOf(draft, now)).toEqual(new Date(2026, 10, 23, 23, 59, 59));
    expect(createInputOf(draft, 'u1', now).duration).toBe(`${9 * 3600 + 54 * 60 + 59}s`);
    expect(createInputOf({ ...filled, expiry: 'never' }, 'u1', now).duration).toBeNull();
  });

  it('keeps each tag once', () => {
    expect(createInputOf({ ...filled, tags: 'prod, chat,, prod ' }, 'u1', now).tags).toEqual(['prod', 'chat']);
  });
});

describe('a changed key', () => {
  const info = {
    key_alias: 'ci',
    team_id: null,
    models: ['a'],
    max_budget: 5,
    budget_duration: '1mo',
    rpm_limit: 60,
    tpm_limit: null,
    max_parallel_requests: null,
    tags: [],
  } as unknown as KeyInfo;
  const before = draftOf(info);

  it('sends only what differs', () => {
    expect(updateInputOf('h', before, before, now)).toEqual({ key: 'h' });
    expect(updateInputOf('h', before, { ...before, name: 'ci-2' }, now)).toEqual({ key: 'h', key_alias: 'ci-2' });
  });

  it('clears a limit with null and ends never with -1', () => {
    expect(
      updateInputOf('h', before, { ...before, budgetUsd: '', requestsPerMinute: '', expiry: 'never' }, now),
    ).toEqual({
      key: 'h',
      max_budget: null,
      rpm_limit: null,
      duration: '-1',
    });
  });

  it('allows all models with an empty list', () => {
    expect(updateInputOf('h', before, { ...before, models: null }, now)).toEqual({ key: 'h', models: [] });
  });
});
