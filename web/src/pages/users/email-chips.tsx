import { X } from 'lucide-react';
import type { ParsedEmail } from './parse-emails.ts';

/** The addresses as they were understood, each with a button that takes it out. */
export function EmailChips({
  parsed,
  onRemove,
}: {
  parsed: readonly ParsedEmail[];
  onRemove: (index: number) => void;
}) {
  if (parsed.length === 0) return null;
  return (
    <ul aria-label="People to invite" className="mt-2 flex flex-wrap gap-1.5">
      {parsed.map((entry, index) => (
        <li
          key={`${entry.text} ${index}`}
          className={`inline-flex h-6 max-w-full items-center rounded-control border pl-2 text-meta pointer-coarse:h-11 ${frames[entry.problem]}`}
        >
          <span className="truncate">{entry.text}</span>
          {entry.problem !== 'none' && <span className="shrink-0 pl-1.5">{problemWords[entry.problem]}</span>}
          <button
            type="button"
            aria-label={`Remove ${entry.text}`}
            onClick={() => onRemove(index)}
            className="flex h-full w-6 shrink-0 items-center justify-center rounded-control hover:bg-sunken pointer-coarse:w-11"
          >
            <X aria-hidden className="size-3" strokeWidth={1.5} />
          </button>
        </li>
      ))}
    </ul>
  );
}

const frames: Readonly<Record<ParsedEmail['problem'], string>> = {
  none: 'border-line-strong text-ink',
  'not-an-address': 'border-danger text-danger',
  twice: 'border-line border-dashed text-ink-3',
};

const problemWords = { 'not-an-address': '· not an e-mail address', twice: '· already in the list' } as const;
