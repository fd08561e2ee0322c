import * as z from 'zod/mini';
import type { Route } from './call.ts';
import type { Endpoint } from './endpoint.contract.ts';

/** An OpenAPI 3.1 document, as far as this product writes one. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: unknown;
}

/** The model endpoints, which live outside of the declarations; their bodies are OpenAI's. */
const modelOperations = [
  {
    path: '/v1/chat/completions',
    summary: 'A chat completion, whole or as a stream',
    example: { model: 'demo', messages: [{ role: 'user', content: 'Hello' }] },
  },
  { path: '/v1/embeddings', summary: 'Embeddings', example: { model: 'demo', input: 'Hello' } },
];

/** Writes the OpenAPI document: a loop over the declarations, so that it cannot differ from what is served. */
export function describeApi(
  routes: readonly Route[],
  options: { version: string; serverUrl: string },
): OpenApiDocument {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { endpoint } of routes) {
    for (const path of [endpoint.path, ...endpoint.aliases]) {
      const written = path.replace('/*', '/{id}');
      paths[written] = { ...paths[written], [endpoint.method.toLowerCase()]: describeOperation(endpoint, path) };
    }
  }
  for (const { path, summary, example } of modelOperations) {
    paths[path] = {
      post: {
        summary,
        tags: ['models'],
        security: [{ key: [] }],
        requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' }, example } } },
        responses: { 200: { description: 'The answer, in OpenAI’s shape' }, ...refusals },
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Latchkey',
      version: options.version,
      description:
        'One OpenAI-compatible address in front of every model provider. Management endpoints have the names and shapes of LiteLLM’s proxy.',
    },
    servers: [{ url: options.serverUrl }],
    paths: Object.fromEntries(Object.entries(paths).sort(([one], [other]) => (one < other ? -1 : 1))),
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A virtual key, the master key, or a session token.' },
      },
      schemas: {
        Error: {
          type: 'object',
          properties: {
            error: {
              type: 'object',
              properties: {
                message: { type: 'string' },
                type: { type: ['string', 'null'] },
                param: { type: ['string', 'null'] },
                code: { type: 'string', description: 'The status, as a string' },
              },
            },
          },
        },
      },
    },
  };
}

const refusals = {
  default: {
    description: 'A refusal: what happened, why, what to do next',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  },
};

function describeOperation(endpoint: Endpoint<unknown, unknown>, path: string): Record<string, unknown> {
  const input = endpoint.input ? jsonSchemaOf(endpoint.input, 'input') : null;
  const inQuery = endpoint.inputIn === 'query';
  const contentType = endpoint.inputIn === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    summary: endpoint.summary,
    tags: [path.split('/').find((part) => part !== '' && part !== 'v1' && part !== 'v2') ?? 'gateway'],
    'x-permission': endpoint.permission,
    ...(endpoint.permission === 'public' ? { security: [] } : { security: [{ key: [] }] }),
    ...(input && inQuery ? { parameters: queryParameters(input) } : {}),
    ...(input && !inQuery ? { requestBody: { required: true, content: { [contentType]: { schema: input } } } } : {}),
    responses: {
      200: {
        description: 'Done',
        content: { 'application/json': { schema: jsonSchemaOf(endpoint.result, 'output') } },
      },
      ...refusals,
    },
  };
}

function queryParameters(schema: Record<string, unknown>): unknown[] {
  const properties = (schema['properties'] ?? {}) as Record<string, unknown>;
  const required = (schema['required'] ?? []) as string[];
  return Object.entries(properties).map(([name, property]) => ({
    name: name === '*' ? 'id' : name,
    in: name === '*' ? 'path' : 'query',
    required: name === '*' || required.includes(name),
    schema: property,
  }));
}

function jsonSchemaOf(schema: z.ZodMiniType<unknown>, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' });
  return jsonSchema;
}
