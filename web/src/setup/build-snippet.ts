/** The clients that the console has a snippet for; all of them speak chat completions. */
export const snippetClients = [
  { id: 'curl', label: 'cURL' },
  { id: 'python', label: 'Python (OpenAI)' },
  { id: 'javascript', label: 'JavaScript (OpenAI)' },
  { id: 'langchain', label: 'LangChain' },
  { id: 'env', label: '.env' },
] as const;

/** The id of a client. */
export type SnippetClient = (typeof snippetClients)[number]['id'];

/** What a snippet is filled in with. */
export interface SnippetFacts {
  /** Ends in `/v1`. */
  baseUrl: string;
  model: string;
  /** The secret itself; null: the snippet reads it from `GATEWAY_API_KEY`. */
  secret: string | null;
  stream: boolean;
}

/** Working code for one client: one short request that prints the answer. */
export function buildSnippet(client: SnippetClient, facts: SnippetFacts): string {
  return builders[client](facts);
}

const question = 'Say hello in one sentence.';

const builders: Readonly<Record<SnippetClient, (facts: SnippetFacts) => string>> = {
  curl: ({ baseUrl, model, secret, stream }) => {
    const body = { model, messages: [{ role: 'user', content: question }], ...(stream ? { stream: true } : {}) };
    return [
      `curl ${stream ? '-N ' : ''}${baseUrl}/chat/completions \\`,
      `  -H "Authorization: Bearer ${secret ?? '$GATEWAY_API_KEY'}" \\`,
      '  -H "Content-Type: application/json" \\',
      `  -d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''").replaceAll('\n', '\n  ')}'`,
    ].join('\n');
  },

  python: ({ baseUrl, model, secret, stream }) =>
    [
      ...(secret === null ? ['import os', ''] : []),
      'from openai import OpenAI',
      '',
      'client = OpenAI(',
      `    base_url=${quote(baseUrl)},`,
      `    api_key=${secret === null ? 'os.environ["GATEWAY_API_KEY"]' : quote(secret)},`,
      ')',
      '',
      `${stream ? 'stream' : 'answer'} = client.chat.completions.create(`,
      `    model=${quote(model)},`,
      `    messages=[{"role": "user", "content": ${quote(question)}}],`,
      ...(stream ? ['    stream=True,'] : []),
      ')',
      ...(stream
        ? [
            'for chunk in stream:',
            '    if chunk.choices:',
            '        print(chunk.choices[0].delta.content or "", end="")',
          ]
        : ['print(answer.choices[0].message.content)']),
    ].join('\n'),

  javascript: ({ baseUrl, model, secret, stream }) =>
    [
      "import OpenAI from 'openai';",
      '',
      'const client = new OpenAI({',
      `  baseURL: ${quote(baseUrl)},`,
      `  apiKey: ${secret === null ? 'process.env.GATEWAY_API_KEY' : quote(secret)},`,
      '});',
      '',
      `const ${stream ? 'stream' : 'answer'} = await client.chat.completions.create({`,
      `  model: ${quote(model)},`,
      `  messages: [{ role: 'user', content: ${quote(question)} }],`,
      ...(stream ? ['  stream: true,'] : []),
      '});',
      ...(stream
        ? ['for await (const chunk of stream) {', "  process.stdout.write(chunk.choices[0]?.delta.content ?? '');", '}']
        : ['console.log(answer.choices[0].message.content);']),
    ].join('\n'),

  langchain: ({ baseUrl, model, secret, stream }) =>
    [
      ...(secret === null ? ['import os', ''] : []),
      'from langchain_openai import ChatOpenAI',
      '',
      'llm = ChatOpenAI(',
      `    base_url=${quote(baseUrl)},`,
      `    api_key=${secret === null ? 'os.environ["GATEWAY_API_KEY"]' : quote(secret)},`,
      `    model=${quote(model)},`,
      ')',
      ...(stream
        ? [`for chunk in llm.stream(${quote(question)}):`, '    print(chunk.content, end="")']
        : [`print(llm.invoke(${quote(question)}).content)`]),
    ].join('\n'),

  env: ({ baseUrl, secret }) =>
    [
      `GATEWAY_API_KEY=${secret ?? 'sk-…'}`,
      '',
      '# Most OpenAI clients read these two by themselves.',
      `OPENAI_API_KEY=${secret ?? 'sk-…'}`,
      `OPENAI_BASE_URL=${baseUrl}`,
    ].join('\n'),
};

/** A string literal that Python and JavaScript both read. */
function quote(text: string): string {
  return JSON.stringify(text);
}
