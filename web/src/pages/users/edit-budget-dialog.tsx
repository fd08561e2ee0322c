import { updateUser } from '@latchkey/server/contract';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { BudgetFields } from './budget-fields.tsx';
import { type BudgetDraft, budgetFields, budgetProblem, noWindow } from './personal-budget.ts';
import { useUserChange } from './use-user-change.ts';
import { type ListedUser, personName } from './users-query.ts';

/** Changes or removes the personal budget of a person. */
export function EditBudgetDialog({ user, onClose }: { user: ListedUser; onClose: () => void }) {
  const [draft, setDraft] = useState<BudgetDraft>({
    amount: user.max_budget === null ? '' : String(user.max_budget),
    window: user.max_budget === null ? '1mo' : (user.budget_duration ?? noWindow),
  });
  const [wasConfirmed, setWasConfirmed] = useState(false);
  const change = useUserChange(
    (next: BudgetDraft) => call(updateUser, { user_id: user.user_id, ...(budgetFields(next) ?? { max_budget: null }) }),
    `Budget of ${personName(user)} changed`,
    onClose,
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      tone="plain"
      title={`Budget of ${personName(user)}`}
      description="A lower budget stops requests as soon as it is reached. What was spent so far counts."
      confirmLabel="Save budget"
      busy={change.isBusy}
      error={change.problem}
      onConfirm={() => {
        setWasConfirmed(true);
        if (budgetProblem(draft) === undefined) change.run(draft);
      }}
    >
      <BudgetFields
        draft={draft}
        onDraftChange={setDraft}
        emptyMeans="Left empty: no budget."
        showProblem={wasConfirmed}
      />
    </ConfirmDialog>
  );
}
