import { callingKeys, hashOf, type World } from './build-world.ts';
import { type Caller, callersRoleIn, seesAll } from './callers.ts';
import {
  administers,
  homeOf,
  idOf,
  names,
  type OrganizationName,
  organizationNames,
  privateText,
  roleIn,
  roleInOrganization,
  type TeamName,
  teamNames,
  teams,
} from './people.ts';
import type { Answer } from './send-in-process.ts';

/** A text that stands in a thing, and who may find it in an answer. */
interface PrivateText {
  readonly text: string;
  readonly isSeenBy: (caller: Caller) => boolean;
}

/** Every text that not everybody may see. */
export function privateTextsOf(world: World): readonly PrivateText[] {
  const isMate = (caller: Caller, team: TeamName) => callersRoleIn(caller, team) !== null || caller.keyTeam === team;
  const texts: PrivateText[] = [];
  for (const name of names) {
    const isOwn = (caller: Caller) => caller.person === name;
    const isMateOf = (caller: Caller) => teamNames.some((team) => roleIn(name, team) !== null && isMate(caller, team));
    const isAdministered = (caller: Caller) =>
      organizationNames.some(
        (organization) =>
          administers(caller.person, organization) &&
          (roleInOrganization(name, organization) !== null || homeOf(name) === organization),
      );
    // Members of a team know each other by address; the rest of an account is for its holder and for the admins of
    // their team and organization.
    texts.push({
      text: `${privateText(name)}@example.com`,
      isSeenBy: (caller) => isOwn(caller) || isMateOf(caller) || isAdministered(caller),
    });
    texts.push({
      text: privateText(`user-${name}`),
      isSeenBy: (caller) =>
        isOwn(caller) ||
        isAdministered(caller) ||
        (['internal_user', 'org_admin', 'viewing_org_admin'].includes(caller.column) && leads(caller, name)),
    });
    texts.push({ text: privateText(`passkey-of-${name}`), isSeenBy: isOwn });
    for (const key of [`${name}-key`, `${name}-llm_api`, `${name}-management`, `${name}-read_only`]) {
      // Who may delete an account is told what goes with it.
      const isSeenBy = (caller: Caller) => isOwn(caller) || administers(caller.person, homeOf(name));
      if (world.secrets.has(key)) texts.push(...textsOfKey(world, key, isSeenBy));
    }
    for (const team of teamNames) {
      if (!world.secrets.has(`${name}-${team}`)) continue;
      texts.push(
        ...textsOfKey(world, `${name}-${team}`, (caller) => isOwn(caller) || callersRoleIn(caller, team) !== null),
      );
    }
    for (const key of callingKeys.filter((candidate) => candidate.startsWith(`${name}-`))) {
      const isLed = (caller: Caller) => teamNames.some((team) => key.endsWith(`-${team}`)) && leads(caller, name);
      for (const what of ['tag', 'customer']) {
        texts.push({ text: privateText(`${what}-of-${key}`), isSeenBy: (caller) => isOwn(caller) || isLed(caller) });
      }
    }
    // Admins are named as the makers of things; strangers are not.
    if (['sam', 'sue', 'uma', 'ora', 'gil'].includes(name)) {
      texts.push({ text: idOf(name), isSeenBy: (caller) => isOwn(caller) || isAdministered(caller) });
    }
  }
  for (const team of teamNames) {
    texts.push({ text: privateText(`team-${team}`), isSeenBy: (caller) => isMate(caller, team) });
    texts.push({ text: idOf(team), isSeenBy: (caller) => isMate(caller, team) });
    texts.push({ text: privateText(`model-of-${team}`), isSeenBy: (caller) => isMate(caller, team) });
    texts.push(...textsOfKey(world, `${team}-service`, (caller) => isMate(caller, team)));
  }
  for (const organization of organizationNames) {
    const isMember = (caller: Caller) =>
      caller.person !== null && roleInOrganization(caller.person, organization) !== null;
    texts.push({ text: privateText(`organization-${organization}`), isSeenBy: isMember });
    texts.push({
      text: idOf(organization),
      isSeenBy: (caller) => isMember(caller) || isInTeamOf(caller, organization),
    });
  }
  texts.push(...textsOfKey(world, 'omar-acme', ({ person }) => person === 'omar' || administers(person, 'acme')));
  texts.push(...textsOfKey(world, 'gil-umbra', ({ person }) => person === 'gil'));
  for (const key of ['ghost-key', 'nobodys-key', 'expired', 'blocked', 'deleted']) {
    texts.push(...textsOfKey(world, key, (caller) => caller.key === key || caller.person === 'root'));
  }
  for (const thing of ['customer', 'imported']) texts.push({ text: privateText(thing), isSeenBy: () => false });
  for (const id of ['id-of-budget', 'id-of-customer', world.ids.get('import') ?? '']) {
    texts.push({ text: id, isSeenBy: () => false });
  }
  texts.push({ text: world.ids.get('invitation-of-sam') ?? '', isSeenBy: () => false });
  texts.push({ text: world.ids.get('invitation-of-gus') ?? '', isSeenBy: () => false });
  return texts;
}

function textsOfKey(world: World, key: string, isSeenBy: (caller: Caller) => boolean): PrivateText[] {
  return [
    { text: privateText(key), isSeenBy },
    { text: hashOf(world, key), isSeenBy },
  ];
}

/** A team tells which organization it belongs to. */
function isInTeamOf(caller: Caller, organization: OrganizationName): boolean {
  return teamNames.some((team) => teams[team] === organization && callersRoleIn(caller, team) !== null);
}

function leads(caller: Caller, name: (typeof names)[number]): boolean {
  return teamNames.some((team) => roleIn(name, team) !== null && callersRoleIn(caller, team) === 'admin');
}

/** What an answer holds that its caller may not see, and did not send; and any secret at all. */
export function leaksIn(
  answer: Answer,
  caller: Caller | null,
  texts: readonly PrivateText[],
  secrets: Iterable<string>,
): string[] {
  const leaks: string[] = [];
  for (const secret of [...secrets, 'sk-provider-secret-of-added']) {
    if (answer.text.includes(secret) && !answer.sent.includes(secret)) leaks.push(secret);
  }
  if (caller !== null && seesAll(caller)) return leaks;
  for (const { text, isSeenBy } of texts) {
    if (text === '' || !includesWord(answer.text, text) || answer.sent.includes(text)) continue;
    if (caller === null || !isSeenBy(caller)) leaks.push(text);
  }
  return leaks;
}

/** `private-text-of-max` does not occur in `private-text-of-max-red`. */
function includesWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (!/[\w@-]/.test(text[at + word.length] ?? '')) return true;
  }
  return false;
}
