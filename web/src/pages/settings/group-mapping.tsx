import { type Role, roles } from '@latchkey/server/contract';
import { Field, Select, TextInput } from '../../components/field.tsx';
import { Section } from '../../components/page.tsx';
import { roleLabels } from '../../session/role-words.ts';
import { type MappingDraft, mappingFrom, mappingValue } from './mapping-draft.ts';
import type { SettingsState } from './settings-draft.ts';
import type { SettingsForm } from './use-settings.ts';

const providers = [
  { value: 'google', label: 'Google' },
  { value: 'microsoft', label: 'Microsoft Entra' },
  { value: 'generic', label: 'OpenID Connect provider' },
];

/** Which groups of a provider give which role, and which claim names the teams. */
export function GroupMapping({ form }: { form: SettingsForm<SettingsState> }) {
  const current = form.changes['role_mappings'] ?? form.state.values['role_mappings'];
  const draft = mappingFrom(current);
  const change = (part: Partial<MappingDraft>) => form.set('role_mappings', mappingValue({ ...draft, ...part }));
  const teams = form.changes['team_mappings'] ?? form.state.values['team_mappings'];
  const teamClaim = mappingFrom(teams).teamClaim;
  return (
    <Section
      title="Groups, roles and teams"
      description="Read at every sign-in: who leaves a group loses its role. Of several groups the widest role counts."
    >
      <div className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Provider">
            <Select
              disabled={!form.mayChange}
              value={draft.provider}
              options={providers}
              onChange={(event) => change({ provider: event.target.value })}
            />
          </Field>
          <Field label="Claim with the groups" hint="Dots lead into objects. Empty: no mapping.">
            <TextInput
              spellCheck={false}
              readOnly={!form.mayChange}
              placeholder="groups"
              value={draft.claim}
              onChange={(event) => change({ claim: event.target.value })}
            />
          </Field>
        </div>
        {draft.claim !== '' && (
          <>
            {roles.map((role) => (
              <Field key={role} label={roleLabels[role]} hint="Groups, separated by commas">
                <TextInput
                  spellCheck={false}
                  readOnly={!form.mayChange}
                  value={draft.groups[role]}
                  onChange={(event) => change({ groups: { ...draft.groups, [role]: event.target.value } })}
                />
              </Field>
            ))}
            <Field label="In none of these groups">
              <Select
                disabled={!form.mayChange}
                value={draft.defaultRole}
                options={[
                  { value: '', label: 'What new users get' },
                  ...roles.map((role: Role) => ({ value: role, label: roleLabels[role] })),
                ]}
                onChange={(event) => change({ defaultRole: event.target.value })}
              />
            </Field>
          </>
        )}
        <Field label="Claim with the ids of teams" hint="People join and leave these teams as the claim says.">
          <TextInput
            spellCheck={false}
            readOnly={!form.mayChange}
            placeholder="teams"
            value={teamClaim}
            onChange={(event) =>
              form.set('team_mappings', event.target.value === '' ? null : { team_ids_jwt_field: event.target.value })
            }
          />
        </Field>
      </div>
    </Section>
  );
}
