import { Field, NumberInput, Select } from '../../components/field.tsx';
import { type BudgetDraft, budgetProblem, budgetWindows, noWindow, windowWords } from './personal-budget.ts';

/** Props of `BudgetFields`. */
export interface BudgetFieldsProps {
  draft: BudgetDraft;
  onDraftChange: (draft: BudgetDraft) => void;
  /** What an empty amount means. */
  emptyMeans: string;
  showProblem: boolean;
}

/** A personal budget: an amount, and when it begins anew. */
export function BudgetFields({ draft, onDraftChange, emptyMeans, showProblem }: BudgetFieldsProps) {
  return (
    <div className="grid grid-cols-[1fr_auto] items-start gap-3">
      <Field
        label="Personal budget"
        hint={`Applies to personal keys only, not to team keys. ${emptyMeans}`}
        error={showProblem ? budgetProblem(draft) : undefined}
      >
        <NumberInput
          prefix="$"
          value={draft.amount}
          onChange={(event) => onDraftChange({ ...draft, amount: event.target.value })}
        />
      </Field>
      <Field label="Starts over">
        <Select
          className="w-36"
          disabled={draft.amount.trim() === ''}
          value={draft.window}
          options={windowsFor(draft.window)}
          onChange={(event) => onDraftChange({ ...draft, window: event.target.value })}
        />
      </Field>
    </div>
  );
}

/** The windows on offer, and the one in force when it is none of them. */
function windowsFor(current: string): readonly { value: string; label: string }[] {
  const offered = budgetWindows.map(({ value, label }): { value: string; label: string } => ({ value, label }));
  if (offered.some(({ value }) => value === current)) return offered;
  return [...offered, { value: current, label: current === noWindow ? 'never' : windowWords(current) }];
}
