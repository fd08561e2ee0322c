import { formatUsdExact, minusSign, type UsdColumn } from '../format/index.ts';

/** An amount in a column: decimals aligned, zeros that only align them stand back, the exact amount in the title. */
export function UsdFigure({ nanoUsd, column }: { nanoUsd: number; column: UsdColumn }) {
  const { digits, trailingZeros } = column.format(Math.abs(nanoUsd));
  return (
    <span title={formatUsdExact(nanoUsd)} className="whitespace-nowrap">
      {nanoUsd < 0 && minusSign}
      <span className="text-ink-3">$</span>
      {digits}
      <span className="text-ink-3">{trailingZeros}</span>
    </span>
  );
}
