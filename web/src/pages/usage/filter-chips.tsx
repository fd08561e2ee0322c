import { X } from 'lucide-react';
import { filterNames, type UsageFilters } from './usage-view.ts';

const filterHeads: Readonly<Record<keyof UsageFilters, string>> = {
  user_id: 'User',
  team_id: 'Team',
  api_key: 'Key',
  model: 'Model',
};

/** Props of `FilterChips`. */
export interface FilterChipsProps {
  filters: UsageFilters;
  /** Names for ids, as far as they are known. */
  labels: Readonly<Partial<Record<keyof UsageFilters, string>>>;
  /** Filters that a control of their own shows. */
  hidden?: readonly (keyof UsageFilters)[];
  onRemove: (name: keyof UsageFilters) => void;
}

/** The filters in force, each with a button that lifts it. */
export function FilterChips({ filters, labels, hidden = [], onRemove }: FilterChipsProps) {
  const shown = filterNames.filter((name) => filters[name] !== undefined && !hidden.includes(name));
  if (shown.length === 0) return null;
  return (
    <ul aria-label="Filters" className="flex flex-wrap gap-2">
      {shown.map((name) => {
        const words = `${filterHeads[name]}: ${labels[name] ?? shortId(filters[name] ?? '')}`;
        return (
          <li key={name}>
            <button
              type="button"
              aria-label={`Remove filter ${words}`}
              onClick={() => onRemove(name)}
              className="inline-flex h-8 max-w-72 items-center gap-1.5 rounded-control border border-accent px-2.5 text-accent text-body hover:bg-sunken pointer-coarse:h-11"
            >
              <span className="truncate">{words}</span>
              <X aria-hidden className="size-3.5 shrink-0" strokeWidth={1.5} />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** Hashes of keys are 64 characters long; eight of them tell them apart for people. */
function shortId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? `${id.slice(0, 8)}…` : id;
}
