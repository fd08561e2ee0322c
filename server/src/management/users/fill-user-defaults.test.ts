import { describe, expect, it } from 'vitest';
import type { InternalUserDefaults } from '../../config/settings.ts';
import { fillUserDefaults } from './fill-user-defaults.ts';

const noParams = { userRole: null, maxBudgetNanoUsd: null, budgetDuration: null, models: [], teams: [] };
const none: InternalUserDefaults = { maxBudgetNanoUsd: null, budgetDuration: null, params: noParams };
const budget: InternalUserDefaults = { ...none, maxBudgetNanoUsd: 10e9, budgetDuration: '1mo' };
const params: InternalUserDefaults = {
  ...budget,
  params: {
    userRole: 'internal_user_viewer',
    maxBudgetNanoUsd: 3e9,
    budgetDuration: '7d',
    models: ['small'],
    teams: ['all-staff'],
  },
};

describe('The defaults of a new user', () => {
  it('make an internal user of somebody without a role', () => {
    expect(fillUserDefaults({}, none)).toEqual({
      role: 'internal_user',
      maxBudgetNanoUsd: null,
      budgetDuration: null,
      models: [],
      defaultTeamIds: [],
    });
  });

  it('give internal users their budget, and nobody else', () => {
    const filled = (['internal_user', 'internal_user_viewer', 'proxy_admin', 'proxy_admin_viewer'] as const).map(
      (user_role) => fillUserDefaults({ user_role }, budget),
    );
    expect(filled.map((user) => [user.maxBudgetNanoUsd, user.budgetDuration])).toEqual([
      [10e9, '1mo'],
      [null, null],
      [null, null],
      [null, null],
    ]);
  });

  it('apply the budget of internal users also to somebody who becomes one for want of a role', () => {
    expect(fillUserDefaults({}, budget)).toMatchObject({ role: 'internal_user', maxBudgetNanoUsd: 10e9 });
  });

  it('never replace what the request says, a budget of zero included', () => {
    expect(
      fillUserDefaults({ user_role: 'internal_user', max_budget: 0, budget_duration: '1d', models: ['big'] }, params),
    ).toMatchObject({ maxBudgetNanoUsd: 0, budgetDuration: '1d', models: ['big'] });
  });

  it('take default_internal_user_params before the budget of internal users', () => {
    expect(fillUserDefaults({ user_role: 'internal_user' }, params)).toEqual({
      role: 'internal_user',
      maxBudgetNanoUsd: 3e9,
      budgetDuration: '7d',
      models: ['small'],
      defaultTeamIds: ['all-staff'],
    });
    expect(fillUserDefaults({}, params).role).toBe('internal_user_viewer');
  });

  it('leave a proxy admin alone', () => {
    expect(fillUserDefaults({ user_role: 'proxy_admin' }, params)).toMatchObject({
      maxBudgetNanoUsd: null,
      models: [],
      defaultTeamIds: [],
    });
  });
});
