/** Dollars of the API's LiteLLM-shaped rows as integer nano-dollars, so that the console never adds floats. */
export function nanoUsdFrom(usd: number): number {
  return Math.round(usd * 1_000_000_000);
}
