import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import type { RefObject } from 'react';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { Field, Select, TextInput } from '../../components/field.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { formatUsd } from '../../format/index.ts';
import { useCan } from '../../session/use-session.ts';
import { modelsQuery } from '../../setup/models-query.ts';
import type { ChargeOption } from './charge-options.ts';
import { describeDraft } from './describe-draft.ts';
import { type KeyDraft, readAmount } from './key-draft.ts';
import { BudgetField, ExpiryField, type KeyFieldsProps, MoreLimits } from './key-fields.tsx';
import { ModelsField } from './models-field.tsx';
import { PersonPicker } from './person-picker.tsx';

const keyTypes: readonly { value: KeyDraft['keyType']; label: string }[] = [
  { value: 'llm_api', label: 'Calls models' },
  { value: 'read_only', label: 'Reads information only' },
  { value: 'management', label: 'Manages the gateway' },
];

/** Props of `CreateKeyForm`. */
export interface CreateKeyFormProps extends KeyFieldsProps {
  charges: readonly ChargeOption[];
  nameField: RefObject<HTMLInputElement | null>;
}

/** Five fields, and the rest under "More limits". */
export function CreateKeyForm({ draft, problems, onChange, charges, nameField }: CreateKeyFormProps) {
  const isAdmin = useCan('key:create') === 'all';
  const fields = { draft, problems, onChange };
  const charge = charges.find((option) => option.value === draft.charge);
  return (
    <div className="flex flex-col gap-6">
      <Field label="Name" required error={problems.name}>
        <TextInput
          ref={nameField}
          autoFocus
          required
          autoComplete="off"
          spellCheck={false}
          maxLength={255}
          placeholder="laptop, ci, prod-chat"
          value={draft.name}
          onChange={(event) => onChange({ name: event.target.value })}
        />
      </Field>
      {charges.length === 1 && charge !== undefined ? (
        <div className="flex flex-col gap-1">
          <span className="font-medium">Charged to</span>
          <p>
            {charge.label}
            {charge.hint && <span className="text-ink-3">: {charge.hint}</span>}
          </p>
        </div>
      ) : (
        <div className="flex flex-col gap-2">
          <RadioCards
            legend="Charged to"
            name="charge"
            value={draft.charge}
            onValueChange={(value) => onChange({ charge: value })}
            options={charges}
          />
          {draft.charge === 'person' && (
            <PersonPicker person={draft.person} error={problems.person} onChange={(person) => onChange({ person })} />
          )}
        </div>
      )}
      <ModelsField {...fields} />
      <ExpiryField {...fields} />
      <BudgetField {...fields} hint={budgetHint(draft, charge)} />
      <details className="group border-line border-t pt-3">
        <summary className="flex w-fit list-none items-center gap-1 rounded-control text-control [&::-webkit-details-marker]:hidden">
          <ChevronRight
            aria-hidden
            className="size-4 transition-transform duration-120 group-open:rotate-90"
            strokeWidth={1.5}
          />
          More limits
        </summary>
        <div className="flex flex-col gap-4 pt-4">
          <MoreLimits {...fields} />
          {isAdmin && (
            <Field
              label="Kind"
              hint={
                draft.keyType === 'management'
                  ? 'Whoever holds this key can change people, keys and settings as you can.'
                  : undefined
              }
            >
              <Select
                value={draft.keyType}
                options={keyTypes}
                onChange={(event) =>
                  onChange({ keyType: keyTypes.find((type) => type.value === event.target.value)?.value ?? 'llm_api' })
                }
              />
            </Field>
          )}
        </div>
      </details>
    </div>
  );
}

/** The sentence above the buttons that says what will be created. */
export function KeySummary({ draft, charges }: { draft: KeyDraft; charges: readonly ChargeOption[] }) {
  const models = useQuery(modelsQuery);
  const payer =
    draft.charge === 'person'
      ? (draft.person?.label ?? 'them')
      : (charges.find((option) => option.value === draft.charge)?.payer ?? 'you');
  const name = draft.name.trim();
  return (
    <p className="text-ink-2 text-meta">
      {name === '' ? (
        'The key'
      ) : (
        <>
          Key <strong className="font-strong text-ink">{name}</strong>
        </>
      )}{' '}
      {describeDraft(draft, models.data?.length ?? 0, payer)}
    </p>
  );
}

function budgetHint(draft: KeyDraft, charge: ChargeOption | undefined): string | undefined {
  if (charge === undefined || charge.limitUsd === null) return undefined;
  const whose = charge.value === 'me' ? 'your budget' : 'the team’s budget';
  const limit = formatUsd(nanoUsdFrom(charge.limitUsd));
  const amount = readAmount(draft.budgetUsd);
  if (amount !== null && charge.leftUsd !== null && amount > charge.leftUsd && amount <= charge.limitUsd) {
    return `More than the ${formatUsd(nanoUsdFrom(charge.leftUsd))} that is left now: ${whose} will stop this key first.`;
  }
  return `Can’t exceed ${limit} (${whose}), which counts as well.`;
}
