import type { IncomingHttpHeaders } from 'node:http';

/**
 * What of a provider's headers its clients may see: what is left of its limits, when to come again, under which id the
 * provider knows the request, and how long it took. A list of what is let through, since nobody can list what may hold
 * a secret, a cookie, the account's name or something about one connection only.
 */
const shown = new RegExp(
  `^(${[
    '(x|anthropic)-ratelimit-[a-z0-9-]+',
    'retry-after(-ms)?',
    '(x-|apim-|x-ms-|x-amzn-|x-goog-)?request-?id',
    'x-trace-id',
    'cf-ray',
    'openai-(processing-ms|version|model)',
    'x-ms-region',
    'x-(groq-region|inference-time|compute-time|compute-type|total-time|envoy-upstream-service-time)',
  ].join('|')})$`,
);

const longestName = 64;
const longestValue = 256;

/** Providers have few names of headers, and send them with each answer. Null: not shown. */
const knownNames = new Map<string, string | null>();
const namesRemembered = 1_000;

function shownNameOf(name: string): string | null {
  let shownName = knownNames.get(name);
  if (shownName === undefined) {
    shownName = name.length <= longestName && shown.test(name) ? `llm_provider-${name}` : null;
    if (knownNames.size >= namesRemembered) knownNames.clear();
    knownNames.set(name, shownName);
  }
  return shownName;
}

/**
 * The headers of a provider that are passed on, as `llm_provider-…`. Source: contract 9.3.
 * @param secret the credential that the provider was called with: a value that repeats it is left out.
 */
export function providerHeaders(headers: IncomingHttpHeaders, secret: string | null): [name: string, value: string][] {
  const passed: [string, string][] = [];
  for (const name in headers) {
    const shownName = shownNameOf(name);
    const value = headers[name];
    if (shownName === null || typeof value !== 'string') continue;
    if (value.length > longestValue || !/^[\x20-\x7e]+$/.test(value)) continue;
    if (secret !== null && secret !== '' && value.includes(secret)) continue;
    passed.push([shownName, value]);
  }
  return passed;
}
