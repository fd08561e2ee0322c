/** One entry of a pasted list. */
export interface ParsedEmail {
  /** Lower-case address, or the text as it was typed when it is none. */
  readonly text: string;
  readonly problem: 'none' | 'not-an-address' | 'twice';
}

/**
 * Reads addresses out of whatever was pasted: one per line, with commas or semicolons, or as `Ana Ruiz <ana@acme.dev>`.
 * The order stays; a repeated address is marked, so that nobody is invited twice.
 */
export function parseEmails(text: string): readonly ParsedEmail[] {
  const seen = new Set<string>();
  return entriesOf(text).map((entry): ParsedEmail => {
    if (!isAddress(entry)) return { text: entry, problem: 'not-an-address' };
    const address = entry.toLowerCase();
    if (seen.has(address)) return { text: address, problem: 'twice' };
    seen.add(address);
    return { text: address, problem: 'none' };
  });
}

/** The addresses that can be invited. */
export function validEmails(parsed: readonly ParsedEmail[]): readonly string[] {
  return parsed.filter(({ problem }) => problem === 'none').map(({ text }) => text);
}

/** The list without one of its entries, one per line. */
export function withoutEmail(parsed: readonly ParsedEmail[], index: number): string {
  const kept = parsed.filter((_, position) => position !== index).map((entry) => entry.text);
  return kept.length === 0 ? '' : `${kept.join('\n')}\n`;
}

function entriesOf(text: string): readonly string[] {
  return text
    .split(/[\n,;]+/)
    .flatMap((line) => {
      const named = /<([^<>]*)>\s*$/.exec(line);
      return named?.[1] === undefined ? line.trim().split(/\s+/) : [named[1].trim()];
    })
    .filter((entry) => entry !== '');
}

/** The form that mail programs accept: one `@`, no spaces, a dot in the domain. The link is the real proof. */
function isAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>"(),:;[\]\\]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u.test(text);
}
