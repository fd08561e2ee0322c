import type { Kysely, Transaction } from 'kysely';
import * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import type { SectionValues, SettableSection } from '../../config/configuration.ts';
import { nearestName } from '../../config/nearest-name.ts';
import { wording } from '../../config/read-config-file.ts';
import type { Call } from '../../http/call.ts';
import type { Endpoint } from '../../http/endpoint.contract.ts';
import { mailSettingNames } from '../../mail/mail-settings.contract.ts';
import { isTlsWanted } from '../../mail/mail-setup.ts';
import type { Database } from '../../storage/database.ts';
import { updateEmailSettings } from '../email/email.contract.ts';
import { prepareEmailSettings } from '../email/index.ts';
import type { Parts } from '../parts.ts';
import { prepareInternalUserSettings, readSetting } from '../settings/index.ts';
import { updateInternalUserSettings } from '../settings/settings.contract.ts';
import { prepareTeamDefaults } from '../teams/index.ts';
import { updateTeamDefaults } from '../teams/team-defaults.contract.ts';
import { refuse } from './check-setting.ts';

/** Writes what was checked, in a write that holds more than that. */
export type WriteElsewhere = (tx: Transaction<Database>) => Promise<AuditEntry>;

/**
 * Prepares the write of a setting that has an endpoint and a place of its own; null: it has none. Fields that are not
 * sent stay; null in place of all of them sets each to nothing.
 * @throws ApiError 400 for what the endpoint refuses.
 */
export async function prepareElsewhere(
  parts: Parts,
  call: Call,
  section: SettableSection,
  name: string,
  value: unknown,
): Promise<WriteElsewhere | null> {
  switch (`${section}.${name}`) {
    case 'litellm_settings.default_internal_user_params': {
      const write = prepareInternalUserSettings(parts, call, read(updateInternalUserSettings, name, value));
      return async (tx) => (await write(tx)).audit;
    }
    case 'litellm_settings.default_team_params': {
      const write = await prepareTeamDefaults(parts, call, read(updateTeamDefaults, name, value));
      return async (tx) => (await write(tx)).audit;
    }
    default:
      return null;
  }
}

/** Prepares the write of variables of the environment. @throws ApiError 400 for those that are read at the start. */
export function prepareVariables(
  parts: Parts,
  call: Call,
  variables: Readonly<Record<string, unknown>>,
): WriteElsewhere {
  const known = mailSettingNames.map((name) => name.toUpperCase());
  const sent: Record<string, unknown> = {};
  for (const [variable, value] of Object.entries(variables)) {
    if (!known.includes(variable)) throw unknownVariable(variable, known);
    const name = variable.toLowerCase();
    if (name === 'smtp_port' && typeof value === 'string' && value !== '') sent[name] = Number(value);
    else if (name === 'smtp_tls' && typeof value === 'string') sent[name] = isTlsWanted(value);
    else if (name !== 'smtp_port' && name !== 'smtp_tls' && value !== null) sent[name] = String(value);
    else sent[name] = value === '' ? null : value;
  }
  return prepareEmailSettings(parts, call, read(updateEmailSettings, 'environment_variables', sent));
}

function unknownVariable(variable: string, known: readonly string[]) {
  const nearest = nearestName(variable, known);
  return refuse(
    'environment_variables',
    `environment_variables.${variable.slice(0, 100)} cannot be set while the gateway runs: it is read at the start. ${nearest === null ? `Those that can be set are about mail: ${known.join(', ')}. Sign-on with a provider is set with PATCH /update/sso_settings.` : `Did you mean ${nearest}?`} Nothing was changed.`,
  );
}

/** Reads a value as the input of the endpoint that sets it too. */
function read<Input>({ input }: Pick<Endpoint<Input, unknown>, 'input'>, name: string, value: unknown): Input {
  if (input === null) throw new Error(`There is no input that could be ${name}.`);
  const names = input instanceof z.ZodMiniObject ? Object.keys(input.shape) : [];
  const parsed = z.safeParse(input, value === null ? Object.fromEntries(names.map((field) => [field, null])) : value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = [name, ...(issue?.path ?? [])].map(String).join('.');
  throw refuse(name, `${path} ${issue ? wording(issue, false) : 'is not right'}. Nothing was changed.`);
}

/** Where these settings are kept: row of the table `config`, and the field of it, or null for all of it. */
const places: Readonly<Record<string, { readonly row: string; readonly field: string | null }>> = {
  'litellm_settings.default_internal_user_params': { row: 'default_internal_user_params', field: null },
  'litellm_settings.default_team_params': { row: 'default_team_params', field: null },
  'general_settings.ui_access_mode': { row: 'sso_settings', field: 'ui_access_mode' },
  'general_settings.auto_redirect_ui_login_to_sso': { row: 'sso_settings', field: 'auto_redirect_to_sso' },
};

/** Adds to what is stored what is stored elsewhere, each above what the file says, so that all of it can be shown. */
export async function withKeptElsewhere(
  db: Kysely<Database>,
  file: SectionValues,
  stored: SectionValues,
): Promise<SectionValues> {
  const shown = {
    general_settings: { ...stored.general_settings },
    litellm_settings: { ...stored.litellm_settings },
    router_settings: stored.router_settings,
  };
  for (const [path, { row, field }] of Object.entries(places)) {
    const [section, name = ''] = path.split('.');
    if (section !== 'general_settings' && section !== 'litellm_settings') continue;
    const values = JSON.parse(await readSetting(db, row)) as Record<string, unknown>;
    if (field !== null && values[field] !== undefined) shown[section][name] = values[field];
    if (field === null && Object.keys(values).length > 0) {
      const ofFile = file[section][name];
      shown[section][name] = { ...(typeof ofFile === 'object' ? ofFile : {}), ...values };
    }
  }
  return shown;
}
