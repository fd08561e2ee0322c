import { nanoUsdToUsd } from './money.ts';

/** An amount as people read it: `$10`, `$1,234.50`, `$0.0042`. */
export function writeUsd(nanoUsd: number): string {
  const usd = nanoUsdToUsd(nanoUsd);
  const isWhole = Number.isInteger(usd);
  const isTiny = usd !== 0 && Math.abs(usd) < 0.01;
  return new Intl.NumberFormat('en-US', {
    style: 'currency',
    currency: 'USD',
    ...(isTiny
      ? { maximumSignificantDigits: 2 }
      : { minimumFractionDigits: isWhole ? 0 : 2, maximumFractionDigits: isWhole ? 0 : 2 }),
  }).format(usd);
}
