import { clsx } from 'clsx';

/** Props of `KeyName`. */
export interface KeyNameProps {
  /** `sk-...3PVA`, as the API has it; only the last four characters are read. */
  keyName: string | null;
  /** Hash of the key; the glyph is derived from it. */
  hash: string;
  className?: string;
}

/** A key as people know it: a glyph, `sk-`, dots and the last four characters. */
export function KeyName({ keyName, hash, className }: KeyNameProps) {
  const lastFour = keyName === null ? '' : keyName.slice(-4);
  return (
    <span
      className={clsx('inline-flex items-center gap-1.5 whitespace-nowrap font-mono text-meta text-ink-2', className)}
      translate="no"
    >
      <KeyGlyph hash={hash} />
      <span>
        sk-<span aria-hidden>····</span>
        <span className="sr-only"> ending in </span>
        {lastFour}
      </span>
    </span>
  );
}

/** A 4 × 4 mark derived from a key's hash, mirrored: the same key has the same mark on every page. */
export function KeyGlyph({ hash }: { hash: string }) {
  const cells: string[] = [];
  for (let row = 0; row < 4; row += 1) {
    for (let column = 0; column < 2; column += 1) {
      const at = (row * 2 + column) * 2;
      // Rather more ink than paper, so that few marks are hard to see.
      if (!(Number.parseInt(hash.slice(at, at + 2), 16) >= 96)) continue;
      cells.push(`M${column * 3} ${row * 3}h2v2h-2z`, `M${(3 - column) * 3} ${row * 3}h2v2h-2z`);
    }
  }
  return (
    <svg aria-hidden viewBox="0 0 11 11" className="size-[11px] shrink-0 fill-ink-3">
      <path d={cells.join('')} />
      <path d="M0 10.5h11" className="stroke-line-strong" />
    </svg>
  );
}
