import { calendarDay } from '../../api/last-days.ts';
import { describeWindow } from '../../components/describe-window.ts';
import { Field, NumberInput, Select, TextInput } from '../../components/field.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { browserTimeZone, formatDateTime } from '../../format/index.ts';
import { type DraftProblems, type Expiry, endOf, type KeyDraft } from './key-draft.ts';

/** Props of the parts of the key form. */
export interface KeyFieldsProps {
  draft: KeyDraft;
  problems: DraftProblems;
  onChange: (part: Partial<KeyDraft>) => void;
}

const expiries: readonly { value: Expiry; label: string }[] = [
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: '90d', label: '90 days' },
  { value: '365d', label: '1 year' },
  { value: 'custom', label: 'Custom' },
  { value: 'never', label: 'Never' },
];

/** How long the key works. `keepLabel` adds the choice to leave an existing end alone. */
export function ExpiryField({ draft, problems, onChange, keepLabel }: KeyFieldsProps & { keepLabel?: string }) {
  const end = endOf(draft);
  const options = keepLabel === undefined ? expiries : [{ value: 'keep' as const, label: 'Keep' }, ...expiries];
  return (
    <div className="flex flex-col gap-2">
      <RadioCards
        legend="Expires"
        name="expiry"
        layout="row"
        value={draft.expiry}
        onValueChange={(value) =>
          onChange({ expiry: options.find((option) => option.value === value)?.value ?? '90d' })
        }
        options={options}
        hint={
          draft.expiry === 'keep'
            ? keepLabel
            : draft.expiry === 'never'
              ? 'Works until somebody blocks or deletes it.'
              : end === null
                ? undefined
                : `Stops working ${formatDateTime(end.toISOString())}, ${browserTimeZone()}.`
        }
      />
      {draft.expiry === 'custom' && (
        <Field
          label="Last day"
          error={problems.lastDay}
          hint={`It works until the end of this day, ${browserTimeZone()}.`}
        >
          <TextInput
            type="date"
            min={calendarDay(new Date())}
            value={draft.lastDay}
            onChange={(event) => onChange({ lastDay: event.target.value })}
          />
        </Field>
      )}
    </div>
  );
}

const windows = ['1d', '7d', '1mo', 'never'];

/** A spending limit of the key's own. `hint` says which larger budget it lives in. */
export function BudgetField({ draft, problems, onChange, hint }: KeyFieldsProps & { hint: string | undefined }) {
  const known = windows.includes(draft.budgetWindow) ? windows : [...windows, draft.budgetWindow];
  return (
    <fieldset className="min-w-0">
      <legend className="sr-only">Budget for this key</legend>
      <div className="flex gap-2">
        <Field label="Budget for this key" hint={hint} error={problems.budgetUsd} className="grow">
          <NumberInput
            prefix="$"
            placeholder="No budget of its own"
            value={draft.budgetUsd}
            onChange={(event) => onChange({ budgetUsd: event.target.value })}
          />
        </Field>
        <Field label="Resets" className="w-36 shrink-0">
          <Select
            value={draft.budgetWindow}
            disabled={draft.budgetUsd.trim() === ''}
            onChange={(event) => onChange({ budgetWindow: event.target.value })}
            options={known.map((value) => ({
              value,
              label: value === 'never' ? 'Never' : `Every ${describeWindow(value).replace(/^(an?|every) /, '')}`,
            }))}
          />
        </Field>
      </div>
    </fieldset>
  );
}

/** Rates and tags, which few keys need. */
export function MoreLimits({ draft, problems, onChange }: KeyFieldsProps) {
  return (
    <div className="flex flex-col gap-4">
      <div className="grid grid-cols-1 gap-4 sm:grid-cols-3">
        <Field label="Requests a minute" error={problems.requestsPerMinute}>
          <NumberInput
            inputMode="numeric"
            placeholder="No limit"
            value={draft.requestsPerMinute}
            onChange={(event) => onChange({ requestsPerMinute: event.target.value })}
          />
        </Field>
        <Field label="Tokens a minute" error={problems.tokensPerMinute}>
          <NumberInput
            inputMode="numeric"
            placeholder="No limit"
            value={draft.tokensPerMinute}
            onChange={(event) => onChange({ tokensPerMinute: event.target.value })}
          />
        </Field>
        <Field label="Requests at once" error={problems.parallelRequests}>
          <NumberInput
            inputMode="numeric"
            placeholder="No limit"
            value={draft.parallelRequests}
            onChange={(event) => onChange({ parallelRequests: event.target.value })}
          />
        </Field>
      </div>
      <Field label="Tags" hint="Separated by commas. They are kept with every request of this key.">
        <TextInput autoComplete="off" value={draft.tags} onChange={(event) => onChange({ tags: event.target.value })} />
      </Field>
    </div>
  );
}
