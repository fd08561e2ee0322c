import { isAdmin, isOwn, personOf } from './model.ts';
import { keyOf, type Operation, organizationOf, pick, teamOf, userOf } from './operation.ts';
import * as rights from './rights.ts';
import { attemptWrite, newKey } from './start-run.ts';

const post = { method: 'POST' } as const;

/** Operations on keys. */
export const keyWrites: Readonly<Record<string, Operation>> = {
  async createKey(run, caller, choice) {
    const alias = run.newName('key');
    const named = pick([null, personOf(run.model, caller), userOf(run, choice.on)?.id ?? null], choice.value) ?? null;
    const owner = isAdmin(run.model, caller) ? named : (named ?? personOf(run.model, caller));
    const team = choice.to % 3 === 0 ? null : (teamOf(run, caller, choice.to)?.id ?? null);
    const isOfOrganization = team === null && choice.on % 2 === 0;
    const organization = isOfOrganization ? (organizationOf(run, caller, choice.to)?.id ?? null) : null;
    const may = rights.mayCreateKey(run.model, caller, { owner, team, organization });
    const input = { user_id: named, team_id: team, organization_id: organization, key_alias: alias };
    await attemptWrite(run, { ...post, caller, path: '/key/generate', input, may }, ({ key }) => {
      const maker = personOf(run.model, caller) ?? '';
      run.model.keys.push(newKey(String(key), { alias, owner, team, organization, maker }));
    });
  },
  async createServiceKey(run, caller, choice) {
    const team = teamOf(run, caller, choice.to);
    if (!team) return;
    const alias = run.newName('key');
    const may = rights.mayCreateServiceKey(run.model, caller, team.id);
    const input = { team_id: team.id, key_alias: alias };
    await attemptWrite(run, { ...post, caller, path: '/key/service-account/generate', input, may }, ({ key }) => {
      const maker = personOf(run.model, caller) ?? '';
      run.model.keys.push(newKey(String(key), { alias, owner: null, team: team.id, maker }));
    });
  },
  async renameKey(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    if (!key) return;
    const alias = run.newName('key');
    const may = rights.mayUpdateKey(run.model, caller, key);
    const input = { key: key.hash, key_alias: alias };
    await attemptWrite(run, { ...post, caller, path: '/key/update', input, may }, () => {
      key.alias = alias;
    });
  },
  async limitKey(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    if (!key) return;
    const rpmLimit = pick([null, 1_000, 5_000, 9_000], choice.value) ?? null;
    const may = rights.mayLimitKey(run.model, caller, key, rpmLimit);
    const input = { key: key.hash, rpm_limit: rpmLimit };
    await attemptWrite(run, { ...post, caller, path: '/key/update', input, may }, () => {
      key.rpmLimit = rpmLimit;
    });
  },
  async setKeyBudget(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    if (!key) return;
    const budget = pick([null, 100, 500], choice.value) ?? null;
    const { model } = run;
    // What is so already is no change, and no team's key has more than its team.
    const isUnchanged = budget === key.budget && rights.mayUpdateKey(model, caller, key);
    const most = isAdmin(model, caller) || key.team === null ? null : (model.teams.get(key.team)?.budget ?? null);
    const isTooMuch = budget !== key.budget && budget !== null && most !== null && budget > most;
    const may = isUnchanged || (rights.maySetKeyBudget(model, caller, key) && !isTooMuch);
    const input = { key: key.hash, max_budget: budget };
    await attemptWrite(run, { ...post, caller, path: '/key/update', input, may }, () => {
      key.budget = budget;
    });
  },
  async giveKeyAway(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    const user = userOf(run, choice.to);
    if (!key || !user || key.owner === user.id) return;
    // Admins may, which makes another key of it; nobody else does it to any.
    if (isAdmin(run.model, caller)) return;
    const input = { key: key.hash, user_id: user.id };
    await attemptWrite(run, { ...post, caller, path: '/key/update', input, may: false }, () => undefined);
  },
  async moveKey(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    const team = teamOf(run, caller, choice.to);
    if (!key || !team) return;
    const isTooMuch = key.team !== team.id && key.budget !== null && team.budget !== null && key.budget > team.budget;
    const may = rights.mayMoveKey(run.model, caller, key, team) && !isTooMuch;
    const input = { key: key.hash, team_id: team.id };
    await attemptWrite(run, { ...post, caller, path: '/key/update', input, may }, () => {
      key.team = team.id;
      key.organization = null;
    });
  },
  async putKeyIntoOrganization(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    const organization = organizationOf(run, caller, choice.to);
    if (!key || !organization) return;
    const may = rights.mayPutIntoOrganization(run.model, caller, key, organization.id);
    const input = { key: key.hash, organization_id: organization.id };
    await attemptWrite(run, { ...post, caller, path: '/key/update', input, may }, () => {
      if (key.team === null) key.organization = organization.id;
    });
  },
  async takeKeyOutOfOrganization(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    if (!key || key.team !== null) return;
    const { model } = run;
    const may = rights.mayUpdateKey(model, caller, key) && (key.organization === null || isAdmin(model, caller));
    const input = { key: key.hash, organization_id: '' };
    await attemptWrite(run, { ...post, caller, path: '/key/update', input, may }, () => {
      key.organization = null;
    });
  },
  async regenerateKey(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    if (!key) return;
    const may = rights.mayRegenerateKey(run.model, caller, key);
    const isTaken = key.owner !== null && !isAdmin(run.model, caller) && !isOwn(run.model, caller, key);
    await attemptWrite(run, { ...post, caller, path: '/key/regenerate', input: { key: key.hash }, may }, (body) => {
      key.secret = String(body['key']);
      key.hash = String(body['token']);
      key.callsModelsOnly ||= isTaken;
    });
  },
  async deleteKey(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    if (!key) return;
    const may = rights.mayDeleteKey(run.model, caller, key);
    await attemptWrite(run, { ...post, caller, path: '/key/delete', input: { keys: [key.hash] }, may }, () => {
      key.isDeleted = true;
    });
  },
  async deleteTwoKeys(run, caller, choice) {
    const keys = [...new Set([keyOf(run, caller, choice.on), keyOf(run, caller, choice.to)])].filter(
      (key) => key !== undefined,
    );
    const may = keys.every((key) => rights.mayDeleteKey(run.model, caller, key));
    const input = { keys: keys.map((key) => key.hash) };
    await attemptWrite(run, { ...post, caller, path: '/key/delete', input, may }, () => {
      for (const key of keys) key.isDeleted = true;
    });
  },
  async blockKey(run, caller, choice) {
    const key = keyOf(run, caller, choice.on);
    if (!key) return;
    const isBlocked = choice.value % 2 === 0;
    const may = rights.mayBlockKey(run.model, caller, key);
    const path = isBlocked ? '/key/block' : '/key/unblock';
    await attemptWrite(run, { ...post, caller, path, input: { key: key.hash }, may }, () => {
      key.isBlocked = isBlocked;
    });
  },
};
