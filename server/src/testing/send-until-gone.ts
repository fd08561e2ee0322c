/** Sends requests, whole ones and streams in turn, until the gateway is gone. Ids of answers that came whole are noted. */
export async function sendUntilGone(
  url: string,
  key: string,
  received: string[],
  isOver: () => boolean,
): Promise<void> {
  for (let turn = 0; !isOver(); turn += 1) {
    try {
      const isStream = turn % 2 === 1;
      const answer = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt', stream: isStream, messages: [{ role: 'user', content: 'count' }] }),
      });
      const text = await answer.text();
      const isWhole = isStream
        ? text.endsWith('data: [DONE]\n\n')
        : (JSON.parse(text) as { object?: string }).object === 'chat.completion';
      if (answer.status === 200 && isWhole) received.push(answer.headers.get('x-litellm-call-id') ?? '');
    } catch {
      // Cut off by the kill: this answer did not come whole.
    }
  }
}
