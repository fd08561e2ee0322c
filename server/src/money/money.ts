/**
 * Money. Everything inside is an integer count of nano-dollars (1 USD = 1,000,000,000 nano-dollars);
 * dollars exist only at the edge of the API, as plain JSON numbers.
 */

const nanoUsdPerUsd = 1_000_000_000;

/** Turns dollars from the API or the configuration into nano-dollars, rounding half away from zero. */
export function usdToNanoUsd(usd: number): number {
  const nanoUsd = Math.round(Math.abs(usd) * nanoUsdPerUsd);
  return usd < 0 ? -nanoUsd : nanoUsd;
}

/** Turns nano-dollars into the dollars of an API answer. Nearest double; never use the result for sums. */
export function nanoUsdToUsd(nanoUsd: number): number {
  return nanoUsd / nanoUsdPerUsd;
}

/** `usdToNanoUsd` for optional amounts: `null` and `undefined` mean "no limit" and stay `null`. */
export function optionalUsdToNanoUsd(usd: number | null | undefined): number | null {
  return usd === null || usd === undefined ? null : usdToNanoUsd(usd);
}

/** `nanoUsdToUsd` for optional amounts. */
export function optionalNanoUsdToUsd(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsdToUsd(nanoUsd);
}
