import { useEffect, useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { TextInput } from '../../components/field.tsx';
import { formatCountOf, formatDateTime } from '../../format/index.ts';
import { type InvitationOutcome, linkFor } from './invite-people.ts';

/** Props of `InvitationResults`. */
export interface InvitationResultsProps {
  outcomes: readonly InvitationOutcome[];
  onOutcomesChange: (outcomes: readonly InvitationOutcome[]) => void;
  /** Back to the form, with the addresses that were refused. */
  onInviteMore: (refused: readonly string[]) => void;
  onDone: () => void;
}

/** One line per person: the link to pass on, or why there is none. */
export function InvitationResults({ outcomes, onOutcomesChange, onInviteMore, onDone }: InvitationResultsProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The form is gone, so its focus would be lost.
  useEffect(() => heading.current?.focus(), []);
  const invited = outcomes.filter((outcome) => outcome.kind === 'invited');
  const refused = outcomes.filter((outcome) => outcome.kind === 'refused');
  const expiresAt = invited[0]?.link.expiresAt;
  return (
    <div className="flex flex-col gap-4">
      <div>
        <h3 ref={heading} tabIndex={-1} className="text-section outline-none">
          {sentence(invited.length, outcomes.length)}
        </h3>
        {expiresAt !== undefined && (
          <p className="max-w-[72ch] text-body text-ink-2">
            {invited.every(({ link }) => link.isMailed)
              ? 'Each link was mailed.'
              : 'Pass the links on yourself where no mail goes.'}{' '}
            A link sets a password, works once, and ends {formatDateTime(expiresAt)}.
          </p>
        )}
      </div>
      <ul className="border-line border-t">
        {outcomes.map((outcome, index) => (
          <li key={outcome.email} aria-label={outcome.email} className="border-line border-b py-3">
            <p className="mb-1 truncate font-medium text-body">{outcome.email}</p>
            <Outcome
              outcome={outcome}
              onChange={(next) =>
                onOutcomesChange(outcomes.map((known, position) => (position === index ? next : known)))
              }
            />
          </li>
        ))}
      </ul>
      <div className="flex flex-wrap items-center justify-end gap-2">
        {invited.length > 1 && (
          <CopyButton
            value={invited.map(({ email, link }) => `${email}\t${link.address}`).join('\n')}
            label="Copy all"
            done={`${formatCountOf(invited.length, 'link')} copied`}
            className="mr-auto"
          />
        )}
        <Button onClick={() => onInviteMore(refused.map(({ email }) => email))}>
          {refused.length > 0 ? 'Correct the others' : 'Invite more'}
        </Button>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </div>
    </div>
  );
}

function Outcome({
  outcome,
  onChange,
}: {
  outcome: InvitationOutcome;
  onChange: (outcome: InvitationOutcome) => void;
}) {
  const [isTrying, setIsTrying] = useState(false);
  switch (outcome.kind) {
    case 'invited':
      return (
        <>
          <LinkToCopy address={outcome.link.address} label={`Invitation link for ${outcome.email}`} />
          <p className="mt-1 text-ink-3 text-meta">{outcome.link.mailWords}</p>
        </>
      );
    case 'refused':
      return <p className="whitespace-pre-line text-body text-danger">Not invited: {outcome.reason}</p>;
    case 'added':
      return (
        <div className="flex flex-wrap items-center gap-2">
          <p className="whitespace-pre-line text-body text-danger">Added, but without a link: {outcome.reason}</p>
          <Button
            size="small"
            busy={isTrying}
            onClick={() => {
              setIsTrying(true);
              void linkFor(outcome.email, outcome.userId).then((next) => {
                setIsTrying(false);
                onChange(next);
              });
            }}
          >
            Create the link
          </Button>
        </div>
      );
  }
}

/** A link that is meant to be passed on: readable, selectable, copied with one press. */
export function LinkToCopy({ address, label }: { address: string; label: string }) {
  return (
    <div className="flex gap-2">
      <TextInput
        readOnly
        aria-label={label}
        value={address}
        onFocus={(event) => event.target.select()}
        translate="no"
        data-1p-ignore
        className="font-mono text-meta"
      />
      <CopyButton value={address} label="Copy link" done="Link copied" />
    </div>
  );
}

function sentence(invited: number, all: number): string {
  if (invited === all) return `${formatCountOf(invited, 'invitation')} created`;
  if (invited === 0) return 'Nobody was invited';
  return `${invited} of ${formatCountOf(all, 'invitation')} created`;
}
