/** A tokenizer's time grows with the square of a run without a break: this many characters take milliseconds. */
const maxSliceCharacters = 4_000;

/**
 * Cuts a text into slices whose tokens add up to those of the whole: between a word and a space before a letter,
 * where no token of OpenAI's vocabularies continues. A run without such a place is cut anyhow, which counts a token
 * too many at most.
 */
export function sliceForCounting(text: string): string[] {
  const slices: string[] = [];
  let from = 0;
  while (text.length - from > maxSliceCharacters) {
    const end = lastBreak(text, from, from + maxSliceCharacters);
    slices.push(text.slice(from, end));
    from = end;
  }
  slices.push(text.slice(from));
  return slices;
}

function lastBreak(text: string, from: number, end: number): number {
  for (let at = end; at > from + 1; at -= 1) {
    if (text[at] === ' ' && /^\S \p{L}/u.test(text.slice(at - 1, at + 2))) return at;
  }
  return end;
}
