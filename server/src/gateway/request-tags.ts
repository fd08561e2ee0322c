import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from './caller.ts';
import type { ModelRequestBody } from './parse-request.ts';
import { storable } from './storable.ts';

const noTags: readonly string[] = [];
const mostTags = 20;
const longestTag = 100;

/** The tags of a call: those of the key, of the header `x-litellm-tags` and of the body, at most twenty. */
export function tagsOf(caller: Caller, headers: IncomingHttpHeaders, body: ModelRequestBody): readonly string[] {
  const header = headers['x-litellm-tags'];
  const fromHeader = typeof header === 'string' ? header.split(',') : [];
  const tags = body.field('tags');
  const fromBody: readonly unknown[] = Array.isArray(tags) ? tags : [];
  const fromKey = caller.kind === 'key' ? caller.key.tags : noTags;
  if (header === undefined && tags === undefined && fromKey.length === 0) return noTags;
  return cleanTags([...fromKey, ...fromHeader, ...fromBody]);
}

/** As the books hold them: texts, without room around them, each once. */
export function cleanTags(tags: readonly unknown[]): readonly string[] {
  const texts = tags
    .filter((tag) => typeof tag === 'string')
    .map((tag) => storable(tag.trim().slice(0, longestTag)))
    .filter((tag) => tag !== '');
  return [...new Set(texts)].slice(0, mostTags);
}
