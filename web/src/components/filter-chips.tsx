import { X } from 'lucide-react';

/** Props of `FilterChips`. */
export interface FilterChipsProps<Name extends string> {
  /** The filters in their order, with what each is called. */
  heads: Readonly<Record<Name, string>>;
  filters: Readonly<Partial<Record<Name, string>>>;
  /** Names for ids, as far as they are known. */
  labels: Readonly<Partial<Record<Name, string>>>;
  /** Filters that a control of their own shows. */
  hidden?: readonly Name[];
  onRemove: (name: Name) => void;
}

/** The filters in force, each with a button that lifts it. */
export function FilterChips<Name extends string>({
  heads,
  filters,
  labels,
  hidden = [],
  onRemove,
}: FilterChipsProps<Name>) {
  const shown = namesOf(heads).filter((name) => filters[name] !== undefined && !hidden.includes(name));
  if (shown.length === 0) return null;
  return (
    <ul aria-label="Filters" className="flex flex-wrap gap-2">
      {shown.map((name) => {
        const words = `${heads[name]}: ${labels[name] ?? shortId(filters[name] ?? '')}`;
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
export function shortId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? `${id.slice(0, 8)}…` : id;
}

function namesOf<Name extends string>(heads: Readonly<Record<Name, string>>): readonly Name[] {
  const names: Name[] = [];
  for (const name in heads) names.push(name);
  return names;
}
