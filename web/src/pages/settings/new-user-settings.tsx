import { getInternalUserSettings, updateInternalUserSettings } from '@latchkey/server/contract';
import type { InputOf } from '../../api/call.ts';
import { Field, NumberInput, Select } from '../../components/field.tsx';
import { Section } from '../../components/page.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useCan } from '../../session/use-session.ts';
import { budgetWindows } from '../users/personal-budget.ts';
import { roleChoices } from '../users/role-choices.ts';
import { SaveBar } from './save-bar.tsx';
import { TextSetting } from './setting-fields.tsx';
import { type Changes, textOf } from './settings-draft.ts';
import { useSettings } from './use-settings.ts';

const none = '';

/** What somebody gets who is added, or signs in for the first time, without more being said. */
export function NewUserSettings() {
  const mayChange = useCan('user-defaults:update') !== undefined;
  const { form, query } = useSettings({
    name: 'new-users',
    read: getInternalUserSettings,
    update: updateInternalUserSettings,
    inputOf,
    mayChange,
  });
  if (form === null) {
    return query.isError ? (
      <ErrorState what="What new users get" error={query.error} onRetry={() => void query.refetch()} />
    ) : (
      <Skeleton className="h-24 w-full" />
    );
  }
  const window = textOf(form.state, form.changes, 'budget_duration');
  return (
    <>
      <Section title="Role" ruled={false}>
        <RadioCards
          legend="Role of new users"
          legendHidden
          name="user_role"
          options={roleChoices.map((choice) => ({ ...choice, disabled: !mayChange || choice.value === 'proxy_admin' }))}
          value={textOf(form.state, form.changes, 'user_role')}
          onValueChange={(value) => form.set('user_role', value)}
        />
      </Section>
      <Section title="Budget" description="For the keys of their own. Keys of teams have the team’s budget.">
        <div className="grid grid-cols-[1fr_auto] items-start gap-3">
          <Field label="Amount" hint="Empty: no limit.">
            <NumberInput
              prefix="$"
              readOnly={!mayChange}
              value={textOf(form.state, form.changes, 'max_budget')}
              onChange={(event) => form.set('max_budget', event.target.value)}
            />
          </Field>
          <Field label="Starts over">
            <Select
              className="w-36"
              disabled={!mayChange}
              value={window}
              options={windowsFor(window)}
              onChange={(event) => form.set('budget_duration', event.target.value === none ? null : event.target.value)}
            />
          </Field>
        </div>
      </Section>
      <Section title="Models and teams">
        <div className="flex flex-col gap-4">
          <TextSetting
            form={form}
            name="models"
            label="Models"
            hint="Separated by commas. Empty: every model."
            toValue={listOf}
          />
          <TextSetting form={form} name="teams" label="Teams" hint="Ids, separated by commas." toValue={listOf} />
        </div>
      </Section>
      <SaveBar form={form} />
    </>
  );
}

function windowsFor(current: string): readonly { value: string; label: string }[] {
  const offered = [
    { value: none, label: 'never' },
    ...budgetWindows.map(({ value, label }): { value: string; label: string } => ({ value, label })),
  ];
  return offered.some(({ value }) => value === current) ? offered : [...offered, { value: current, label: current }];
}

function listOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '');
}

/** Amounts and lists in the shapes of the API. */
function inputOf(changes: Changes): InputOf<typeof updateInternalUserSettings> {
  const input: Record<string, unknown> = { ...changes };
  const { max_budget: amount, models, teams } = changes;
  if (typeof amount === 'string') input['max_budget'] = amount.trim() === '' ? null : Number(amount);
  if (typeof models === 'string') input['models'] = listOf(models);
  if (typeof teams === 'string') input['teams'] = listOf(teams);
  return input;
}
