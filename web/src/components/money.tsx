import { formatUsd, formatUsdExact } from '../format/index.ts';

/** An amount of nano-dollars, short; the exact amount in the title. */
export function Money({ nanoUsd, className }: { nanoUsd: number; className?: string }) {
  return (
    <span title={formatUsdExact(nanoUsd)} className={className}>
      {formatUsd(nanoUsd)}
    </span>
  );
}
