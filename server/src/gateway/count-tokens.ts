import { Worker } from 'node:worker_threads';

/** Counts tokens when no provider reported them. Starts its thread with the first count. */
export interface TokenCounter {
  /** Tokens of a chat request, by OpenAI's published rule: three per message and three for the answer's start, plus the texts. */
  countPrompt(fields: Readonly<Record<string, unknown>>): Promise<number>;
  /** Tokens of the texts together. */
  countTexts(texts: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

/** What the texts of a request have beyond this is counted by length: a tokenizer must not be made to work for minutes. */
const maxCountedCharacters = 1_000_000;
const charactersPerToken = 4;

/** The vocabulary is `o200k_base`, that of OpenAI's present models; for others the count is an approximation. */
export function createTokenCounter(): TokenCounter {
  let worker: Worker | null = null;
  let sequence = 0;
  const waiting = new Map<number, PromiseWithResolvers<number[]>>();

  function start(): Worker {
    const started = new Worker(new URL('./count-tokens.worker.ts', import.meta.url));
    started.unref();
    started.on('message', ({ id, tokens }: { id: number; tokens: number[] }) => {
      waiting.get(id)?.resolve(tokens);
      waiting.delete(id);
    });
    started.on('error', (error) => {
      worker = null;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    });
    return started;
  }

  async function countEach(texts: readonly string[]): Promise<number[]> {
    worker ??= start();
    worker.ref();
    sequence += 1;
    const answer = Promise.withResolvers<number[]>();
    waiting.set(sequence, answer);
    let left = maxCountedCharacters;
    const heads = texts.map((text) => {
      const head = text.slice(0, left);
      left -= head.length;
      return head;
    });
    worker.postMessage({ id: sequence, texts: heads });
    try {
      const counts = await answer.promise;
      return counts.map(
        (tokens, index) =>
          tokens + Math.ceil(((texts[index]?.length ?? 0) - (heads[index]?.length ?? 0)) / charactersPerToken),
      );
    } finally {
      if (waiting.size === 0) worker?.unref();
    }
  }

  async function countTexts(texts: readonly string[]): Promise<number> {
    const counted = texts.filter((text) => text !== '');
    if (counted.length === 0) return 0;
    const counts = await countEach(counted);
    return counts.reduce((sum, tokens) => sum + tokens, 0);
  }

  return {
    countTexts,
    async countPrompt(fields) {
      const messages = fields['messages'];
      if (Array.isArray(messages))
        return (await countTexts(messages.flatMap(textsOfMessage))) + 3 * messages.length + 3;
      const input = fields['input'];
      const texts = Array.isArray(input) ? input : [input];
      const numbers = texts.flat().filter((item) => typeof item === 'number').length;
      return numbers + (await countTexts(texts.filter((text): text is string => typeof text === 'string')));
    },
    async close() {
      await worker?.terminate();
    },
  };
}

/** Role, name and every text part of a message. */
function textsOfMessage(message: unknown): string[] {
  if (typeof message !== 'object' || message === null) return [];
  const { role, name, content } = message as Record<string, unknown>;
  const parts = Array.isArray(content)
    ? content.map((part: unknown) => (typeof part === 'object' && part !== null && 'text' in part ? part.text : null))
    : [content];
  return [role, name, ...parts].filter((text) => typeof text === 'string');
}
