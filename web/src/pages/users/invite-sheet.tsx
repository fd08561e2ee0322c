import type { Role } from '@latchkey/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Field, TextArea } from '../../components/field.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { formatCountOf } from '../../format/index.ts';
import { roleLabels } from '../../session/role-words.ts';
import { BudgetFields } from './budget-fields.tsx';
import { EmailChips } from './email-chips.tsx';
import { InvitationResults } from './invitation-results.tsx';
import { type InvitationOutcome, invitePerson } from './invite-people.ts';
import { type ParsedEmail, parseEmails, validEmails, withoutEmail } from './parse-emails.ts';
import { budgetFields, budgetProblem, emptyBudget } from './personal-budget.ts';
import { chosenRole, roleChoices } from './role-choices.ts';

/** The sheet for inviting people: addresses, a role, a budget; then one link for each person. */
export function InviteSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [hasWork, setHasWork] = useState(false);
  return (
    <Sheet
      open={open}
      onOpenChange={(next) => {
        if (next) return;
        setHasWork(false);
        onClose();
      }}
      title="Invite users"
      guarded={hasWork}
    >
      <InviteForm onClose={onClose} onWorkChange={setHasWork} />
    </Sheet>
  );
}

function InviteForm({ onClose, onWorkChange }: { onClose: () => void; onWorkChange: (hasWork: boolean) => void }) {
  const queryClient = useQueryClient();
  const [text, setText] = useState('');
  const [role, setRole] = useState<Role>('internal_user');
  const [budget, setBudget] = useState(emptyBudget);
  const [wasSubmitted, setWasSubmitted] = useState(false);
  const [doneCount, setDoneCount] = useState<number | null>(null);
  const [outcomes, setOutcomes] = useState<readonly InvitationOutcome[] | null>(null);
  const footerId = useId();
  const parsed = parseEmails(text);
  const emails = validEmails(parsed);
  const isBusy = doneCount !== null;

  const changeText = (next: string): void => {
    setText(next);
    onWorkChange(next.trim() !== '');
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setWasSubmitted(true);
    if (isBusy || emailProblem(parsed) !== undefined || budgetProblem(budget) !== undefined) return;
    setDoneCount(0);
    const made: InvitationOutcome[] = [];
    // One after the other, so that the order of the list is the order of the people.
    for (const email of emails) {
      made.push(await invitePerson(email, { role, budget: budgetFields(budget) }));
      setDoneCount(made.length);
    }
    setOutcomes(made);
    setDoneCount(null);
    onWorkChange(false);
    void queryClient.invalidateQueries({ queryKey: ['users'] });
  };
  const startOver = (refused: readonly string[]): void => {
    setOutcomes(null);
    setWasSubmitted(false);
    changeText(refused.join('\n'));
  };

  if (outcomes !== null) {
    return (
      <InvitationResults outcomes={outcomes} onOutcomesChange={setOutcomes} onInviteMore={startOver} onDone={onClose} />
    );
  }
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-6">
      <div>
        <Field
          label="Email addresses"
          hint="One or many, as you have them: lines, commas, or “Name <address>”."
          error={wasSubmitted ? emailProblem(parsed) : undefined}
          required
        >
          <TextArea
            rows={3}
            autoFocus
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            placeholder="ana@example.com"
            value={text}
            onChange={(event) => changeText(event.target.value)}
          />
        </Field>
        <EmailChips parsed={parsed} onRemove={(index) => changeText(withoutEmail(parsed, index))} />
      </div>
      <RadioCards
        legend="Role"
        name="role"
        options={roleChoices}
        value={role}
        onValueChange={(value) => setRole(chosenRole(value))}
      />
      <BudgetFields
        draft={budget}
        onDraftChange={setBudget}
        emptyMeans="Left empty: the default for new users."
        showProblem={wasSubmitted}
      />
      <div className="flex flex-wrap items-center justify-between gap-3 border-line border-t pt-4">
        <p id={footerId} role="status" className="text-body text-ink-2">
          {isBusy
            ? `${doneCount} of ${formatCountOf(emails.length, 'invitation')} created`
            : emails.length === 0
              ? 'No e-mail is sent: you copy the links.'
              : `${formatCountOf(emails.length, 'person', 'people')} as ${roleLabels[role]}. No e-mail is sent: you copy the links.`}
        </p>
        <Button type="submit" variant="primary" busy={isBusy} aria-describedby={footerId} className="ml-auto">
          Create invitations
        </Button>
      </div>
    </form>
  );
}

function emailProblem(parsed: readonly ParsedEmail[]): string | undefined {
  if (parsed.length === 0) return 'Enter at least one e-mail address.';
  const wrong = parsed.filter(({ problem }) => problem === 'not-an-address');
  if (wrong.length === 0) return undefined;
  return `${wrong.map(({ text }) => text).join(', ')} ${wrong.length === 1 ? 'is not an e-mail address' : 'are not e-mail addresses'}. Correct or remove ${wrong.length === 1 ? 'it' : 'them'}.`;
}
