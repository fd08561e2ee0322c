/**
 * Everything that a provider bills as output in a message of an answer, or in a piece (`delta`) of one: reasoning,
 * content, refusal, names and arguments of tool calls.
 */
export function textOfMessage(message: unknown): string {
  if (typeof message !== 'object' || message === null) return '';
  const { reasoning_content, content, refusal, tool_calls } = message as Record<string, unknown>;
  const calls = (Array.isArray(tool_calls) ? tool_calls : []) as ({
    function?: { name?: unknown; arguments?: unknown };
  } | null)[];
  const pieces = [
    reasoning_content,
    content,
    refusal,
    ...calls.flatMap((call) => [call?.function?.name, call?.function?.arguments]),
  ];
  return pieces.filter((piece) => typeof piece === 'string').join('');
}
