/**
 * The contract's messages hold values as Python writes them, and clients match on them.
 */

/** A list of texts: `['a', 'b']`. */
export function asList(texts: readonly string[]): string {
  return `[${texts.map(quote).join(', ')}]`;
}

/** An amount: `10.0`, `0.5`, `1e-05`. */
export function asFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`;
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-4 && magnitude < 1e16) return String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function quote(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}
