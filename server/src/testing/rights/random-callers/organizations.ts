import { expect } from 'vitest';
import {
  type Caller,
  deleteTeam,
  isAdmin,
  type OrganizationState,
  organizationOfKey,
  personOf,
  roleOf,
  seesEverything,
} from './model.ts';
import { type Operation, organizationOf, pick, userOf } from './operation.ts';
import * as rights from './rights.ts';
import { attempt, attemptWrite, type Run } from './start-run.ts';

const roles = ['org_admin', 'internal_user', 'internal_user_viewer'] as const;

/** Operations on organizations and their members. */
export const organizationWrites: Readonly<Record<string, Operation>> = {
  async createOrganization(run, caller) {
    const id = run.newName('organization');
    const input = { organization_id: id, organization_alias: id };
    const may = isAdmin(run.model, caller);
    await attemptWrite(run, { method: 'POST', caller, path: '/organization/new', input, may }, () => {
      run.model.organizations.set(id, { id, alias: id, members: new Map() });
    });
  },
  async renameOrganization(run, caller, choice) {
    const organization = organizationOf(run, caller, choice.on);
    if (!organization) return;
    const alias = run.newName('organization');
    const input = { organization_id: organization.id, organization_alias: alias };
    const may = isAdmin(run.model, caller);
    await attemptWrite(run, { method: 'PATCH', caller, path: '/organization/update', input, may }, () => {
      organization.alias = alias;
    });
  },
  async deleteOrganization(run, caller, choice) {
    const organization = organizationOf(run, caller, choice.on);
    if (!organization) return;
    const { model } = run;
    const input = { organization_ids: [organization.id] };
    const may = rights.mayManageOrganization(model, caller, organization);
    await attemptWrite(run, { method: 'DELETE', caller, path: '/organization/delete', input, may }, () => {
      for (const team of [...model.teams.values()].filter((of) => of.organization === organization.id)) {
        deleteTeam(model, team);
      }
      for (const key of model.keys) key.isDeleted ||= key.organization === organization.id;
      for (const user of model.users.values()) if (user.home === organization.id) user.home = null;
      model.organizations.delete(organization.id);
    });
  },
  async joinOrganization(run, caller, choice) {
    const organization = organizationOf(run, caller, choice.on);
    const user = userOf(run, choice.to);
    if (!organization || !user) return;
    const role = pick(roles, choice.value) ?? 'internal_user';
    const input = { organization_id: organization.id, member: { user_id: user.id, role } };
    const may = rights.mayManageOrganization(run.model, caller, organization) && !organization.members.has(user.id);
    await attemptWrite(run, { method: 'POST', caller, path: '/organization/member_add', input, may }, () => {
      organization.members.set(user.id, role);
    });
  },
  async changeOrganizationMember(run, caller, choice) {
    const organization = organizationOf(run, caller, choice.on);
    const user = userOf(run, choice.to);
    if (!organization || !user) return;
    const role = pick(roles, choice.value) ?? 'internal_user';
    const input = { organization_id: organization.id, user_id: user.id, role };
    const may = rights.mayManageOrganization(run.model, caller, organization) && organization.members.has(user.id);
    await attemptWrite(run, { method: 'PATCH', caller, path: '/organization/member_update', input, may }, () => {
      organization.members.set(user.id, role);
    });
  },
  async leaveOrganization(run, caller, choice) {
    const organization = organizationOf(run, caller, choice.on);
    const user = userOf(run, choice.to);
    if (!organization || !user) return;
    const { model } = run;
    const input = { organization_id: organization.id, user_id: user.id };
    const may = rights.mayManageOrganization(model, caller, organization) && organization.members.has(user.id);
    await attemptWrite(run, { method: 'DELETE', caller, path: '/organization/member_delete', input, may }, () => {
      organization.members.delete(user.id);
      for (const key of model.keys) {
        key.isDeleted ||= key.organization === organization.id && key.owner === user.id;
      }
    });
  },
};

interface ShownOrganization {
  readonly organization_id: string;
  readonly members: readonly { readonly user_id: string }[];
  readonly teams: readonly { readonly team_id: string }[];
}

/** Looks at organizations. */
export const organizationReads: Readonly<Record<string, Operation>> = {
  async lookAtOrganization(run, caller, choice) {
    const organization = organizationOf(run, caller, choice.on);
    if (!organization) return;
    const may = rights.maySeeOrganization(run.model, caller, organization);
    const input = { organization_id: organization.id };
    const answer = await attempt(run, { method: 'GET', caller, path: '/organization/info', input, may });
    if (answer !== null) {
      expectShown(run, caller, [JSON.parse(answer.text) as ShownOrganization], [organization]);
    }
  },
  async listOrganizations(run, caller) {
    const { model } = run;
    const may = roleOf(model, caller) !== 'nobody';
    const answer = await attempt(run, { method: 'GET', caller, path: '/organization/list', input: {}, may });
    if (answer === null) return;
    const person = personOf(model, caller) ?? '';
    const expected = [...model.organizations.values()].filter(
      ({ members }) => seesEverything(model, caller) || members.has(person),
    );
    expectShown(run, caller, JSON.parse(answer.text) as ShownOrganization[], expected);
  },
  async listKeysOfOrganization(run, caller, choice) {
    const organization = organizationOf(run, caller, choice.on);
    if (!organization) return;
    const { model } = run;
    const may = seesEverything(model, caller) || organization.members.has(personOf(model, caller) ?? '');
    const input = { organization_id: organization.id, size: 100 };
    const answer = await attempt(run, { method: 'GET', caller, path: '/key/list', input, may });
    if (answer === null) return;
    const seesAll = rights.maySeeOrganization(model, caller, organization);
    const expected = rights
      .listedKeys(model, caller, seesAll)
      .filter((key) => organizationOfKey(model, key) === organization.id);
    const { keys } = JSON.parse(answer.text) as { keys: string[] };
    expect([...keys].sort(), '/key/list of an organization').toEqual(expected.map((key) => key.hash).sort());
  },
  async lookAtUsageOfOrganization(run, caller, choice) {
    const organization = organizationOf(run, caller, choice.on);
    if (!organization) return;
    await run.app.flush();
    const day = new Date(run.clock.now).toISOString().slice(0, 10);
    const input = { organization_ids: organization.id, start_date: day, end_date: day };
    const may = rights.maySeeOrganization(run.model, caller, organization);
    const answer = await attempt(run, { method: 'GET', caller, path: '/organization/daily/activity', input, may });
    if (answer === null) return;
    const { metadata } = JSON.parse(answer.text) as { metadata: { total_api_requests: number } };
    const paid = run.model.requests.filter((request) => request.organization === organization.id);
    expect(metadata.total_api_requests, '/organization/daily/activity').toBe(paid.length);
  },
};

/** Who else is in an organization, and in which teams, is for those who see all of it. */
function expectShown(
  run: Run,
  caller: Caller,
  shown: readonly ShownOrganization[],
  expected: readonly OrganizationState[],
): void {
  const { model } = run;
  const person = personOf(model, caller) ?? '';
  const linesOf = (id: string, members: readonly string[], teams: readonly string[]) =>
    JSON.stringify([id, [...members].sort(), [...teams].sort()]);
  expect(
    shown
      .map(({ organization_id, members, teams }) =>
        linesOf(
          organization_id,
          members.map((member) => member.user_id),
          teams.map((team) => team.team_id),
        ),
      )
      .sort(),
    'organizations',
  ).toEqual(
    expected
      .map((organization) => {
        const seesAll = rights.maySeeOrganization(model, caller, organization);
        const members = [...organization.members.keys()].filter((id) => seesAll || id === person);
        const teams = [...model.teams.values()].filter(
          (team) => team.organization === organization.id && (seesAll || team.members.has(person)),
        );
        return linesOf(
          organization.id,
          members,
          teams.map((team) => team.id),
        );
      })
      .sort(),
  );
}
