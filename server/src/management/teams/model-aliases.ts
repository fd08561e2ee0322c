import { refuseKey } from '../keys/index.ts';

const mostAliases = 500;
/** As long as the name of a model may be. */
const longestName = 200;

/**
 * Reads the names that a team gives models. They are plain names: a star would be one for nobody and every list.
 * @returns as they are stored.
 * @throws ApiError 400 for a name that is empty, too long or a pattern, and for too many of them.
 */
export function readModelAliases(aliases: Readonly<Record<string, string>> | null | undefined): string {
  const entries = Object.entries(aliases ?? {});
  if (entries.length > mostAliases) throw refuseKey(400, `model_aliases can have at most ${mostAliases} names.`);
  for (const name of entries.flat()) {
    if (name.trim() === '' || name.length > longestName || /[*\p{Cc}]/u.test(name)) {
      throw refuseKey(
        400,
        `model_aliases maps one name of a model to another, such as {"fast": "gpt-4o-mini"}. A name has 1 to ${longestName} characters and no star. Received: '${name.slice(0, longestName)}'`,
      );
    }
  }
  return JSON.stringify(Object.fromEntries(entries));
}
