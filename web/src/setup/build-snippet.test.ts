import { describe, expect, it } from 'vitest';
import { buildSnippet, type SnippetFacts, snippetClients } from './build-snippet.ts';

const facts: SnippetFacts = { baseUrl: 'https://gw.example.com/v1', model: 'gpt-5.5', secret: null, stream: false };

describe.each(snippetClients)('the snippet for $label', ({ id }) => {
  it('holds the secret when there is one, and the name of the variable otherwise', () => {
    expect(buildSnippet(id, facts)).toContain('GATEWAY_API_KEY');
    expect(buildSnippet(id, { ...facts, secret: 'sk-secret' })).toContain('sk-secret');
  });

  it('names the address', () => {
    expect(buildSnippet(id, facts)).toContain('https://gw.example.com/v1');
  });
});

describe('names in snippets', () => {
  it('cannot break out of the string they stand in', () => {
    const odd = { ...facts, model: `it's "odd"` };
    expect(buildSnippet('curl', odd)).toContain(`"model": "it'\\''s \\"odd\\""`);
    expect(buildSnippet('python', odd)).toContain(`model="it's \\"odd\\""`);
  });
});
