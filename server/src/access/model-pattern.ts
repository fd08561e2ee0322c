/**
 * Whether a name of a model matches a pattern such as `openai/*`, `gpt-*-mini` or `*`: a star stands for any text,
 * everything else for itself. One reading for the whole product: what a team's list covers is what its keys may call.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  return pattern.includes('*') ? starsIn(pattern, name) !== null : pattern === name;
}

/**
 * The texts that the stars of a pattern stand for in a name, in order; every star but the last one is as short as
 * it can be. Goes through the name once, whatever the pattern is.
 * @returns null for a name that the pattern does not match.
 */
export function starsIn(pattern: string, name: string): string[] | null {
  const [first = '', ...parts] = pattern.split('*');
  const last = parts.pop();
  if (last === undefined) return pattern === name ? [] : null;
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return null;
  const stars: string[] = [];
  let position = first.length;
  for (const part of parts) {
    const at = name.indexOf(part, position);
    if (at === -1 || at + part.length > end) return null;
    stars.push(name.slice(position, at));
    position = at + part.length;
  }
  stars.push(name.slice(position, end));
  return stars;
}
