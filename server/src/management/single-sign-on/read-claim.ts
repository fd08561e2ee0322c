/** What a provider says about a person. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * One claim by its name. A name that stands in the claims as it is wins (names may be addresses with dots in them);
 * else dots lead into objects, as in `realm_access.roles`.
 */
export function readClaim(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Claims)[part];
  }
  return value;
}

/** A claim that is a text, or a number, which some providers use as ids; null for anything else and for nothing. */
export function readText(claims: Claims, name: string): string | null {
  const value = readClaim(claims, name);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** A claim with several values: a list of texts, or one text. Null when the claim is not there at all. */
export function readTexts(claims: Claims, name: string): string[] | null {
  const value = readClaim(claims, name);
  if (value === undefined || value === null) return null;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string' && one !== '').map(String);
}
