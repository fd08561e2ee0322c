import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/** A text to count, and the number under which the answer is awaited. */
interface CountRequest {
  readonly id: number;
  readonly texts: readonly string[];
}

parentPort?.on('message', ({ id, texts }: CountRequest) => {
  parentPort?.postMessage({ id, tokens: texts.map((text) => countTokens(text)) });
});
