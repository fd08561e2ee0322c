/**
 * Exact decimal arithmetic for prices: an amount is a bigint count of atto-dollars (10^-18 USD), fine enough
 * for every price per token that a provider has published, so nothing is rounded before the very end.
 */

const attoDigits = 18;
const attoUsdPerNanoUsd = 1_000_000_000n;

/**
 * Reads a decimal text such as `0.0000025`, `2.5e-06` or `3` as atto-units.
 * @throws Error for text that is not a decimal number, is negative, or is finer than 10^-18.
 */
export function decimalToAtto(text: string): bigint {
  const match = /^\+?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  const [, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (!match || whole + fraction === '') throw new Error(`${text} is not a decimal number of at least zero`);
  const shift = attoDigits - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  if (digits % divisor !== 0n) throw new Error(`${text} is finer than the 18 decimal places that prices are kept with`);
  return digits / divisor;
}

/** The most that one answer can cost: every sum of it stays an exact number. Nine million dollars. */
const mostNanoUsd = BigInt(Number.MAX_SAFE_INTEGER);

/** Atto-dollars as nano-dollars, rounded half up. The one rounding in the life of a cost. */
export function attoUsdToNanoUsd(attoUsd: bigint): number {
  const nanoUsd = (attoUsd + attoUsdPerNanoUsd / 2n) / attoUsdPerNanoUsd;
  return Number(nanoUsd < mostNanoUsd ? nanoUsd : mostNanoUsd);
}
