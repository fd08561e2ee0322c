import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { sliceForCounting } from './slice-for-counting.ts';

/** A text to count, and the number under which the answer is awaited. */
interface CountRequest {
  readonly id: number;
  readonly texts: readonly string[];
}

/** What looks like a control token (`<|endoftext|>`) is text like any other: a caller's text cannot be anything else. */
const asText = { disallowedSpecial: new Set<string>() };

parentPort?.on('message', ({ id, texts }: CountRequest) => {
  const tokens = texts.map((text) =>
    sliceForCounting(text).reduce((sum, slice) => sum + countTokens(slice, asText), 0),
  );
  parentPort?.postMessage({ id, tokens });
});
