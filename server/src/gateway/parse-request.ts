import { isUtf8 } from 'node:buffer';
import { authError } from '../http/api-error.ts';
import { badRequest } from './openai-error.ts';
import { editMembers, type MemberSpan, scanMembers } from './scan-json.ts';

/** A model request's body: read once, sent on with a few members changed and every other byte as it came. */
export interface ModelRequestBody {
  readonly bytes: Buffer;
  readonly members: readonly MemberSpan[];
  /** The top-level values that the gateway acts on. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Fields with which a caller could send the gateway's credentials elsewhere, or run it differently. Never taken from callers. */
const forbidden = [
  'api_base',
  'base_url',
  'api_key',
  'api_version',
  'user_config',
  'model_list',
  'custom_llm_provider',
  'litellm_credential_name',
  'aws_bedrock_runtime_endpoint',
  'vertex_credentials',
];

/** Fields that are meant for the gateway and that no provider knows. */
const forGatewayOnly = [
  'cache',
  'tags',
  'fallbacks',
  'num_retries',
  'mock_response',
  'mock_testing_fallbacks',
  'mock_testing_rate_limit_error',
  'litellm_metadata',
  'guardrails',
  'no-log',
  'caching',
  'ttl',
];

/**
 * Parses a body. What is checked is what is sent: names that occur twice are refused, since readers differ in
 * which of the two they take.
 * @throws ApiError 400 for anything but one JSON object with unique names, 401 for fields that callers may not send.
 */
export function parseModelRequest(bytes: Buffer): ModelRequestBody {
  // Readers differ in what they make of broken UTF-8.
  if (!isUtf8(bytes)) throw badRequest('The body is not valid UTF-8.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw badRequest(`The body is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw badRequest('The body must be a JSON object such as {"model": "…", "messages": […]}.');
  }
  const members = scanMembers(bytes);
  if (!members) throw badRequest('The body must start with the JSON object itself (no byte order mark).');
  const fields = isReadAlike(parsed, members) ? parsed : fieldsOf(bytes, members);
  for (const name of forbidden) {
    if (Object.hasOwn(fields, name)) {
      throw authError(
        401,
        `Authentication Error, Rejected Request: ${name} is not allowed in request body. The gateway's admin sets where a model runs; remove the field.`,
      );
    }
  }
  return { bytes, members, fields };
}

/**
 * Whether `JSON.parse` has the names that stand in the bytes. Not only when a name occurs twice it has not: after it
 * has met certain names it misreads others that are written with escapes (nodejs/node#63785), so that a body could
 * show the gateway one name and a provider another.
 */
function isReadAlike(parsed: object, members: readonly MemberSpan[]): parsed is Record<string, unknown> {
  const names = Object.keys(parsed);
  return names.length === members.length && members.every(({ name }, index) => name === names[index]);
}

/**
 * The fields by the names that stand in the bytes.
 * @throws ApiError 400 for a name that occurs twice.
 */
function fieldsOf(bytes: Buffer, members: readonly MemberSpan[]): Record<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const { name, valueStart, valueEnd } of members) {
    if (fields.has(name)) throw badRequest(`The body has '${name}' twice. Send it once.`, name);
    fields.set(name, JSON.parse(bytes.toString('utf8', valueStart, valueEnd)));
  }
  return Object.fromEntries(fields);
}

/** The body for a provider: its own model name, usage asked for in streams, the gateway's own fields taken out. */
export function bodyForProvider(request: ModelRequestBody, providerModel: string, askForUsage: boolean): Buffer {
  const edits = new Map<string, string | null>([['model', JSON.stringify(providerModel)]]);
  for (const name of forGatewayOnly) if (Object.hasOwn(request.fields, name)) edits.set(name, null);
  if (askForUsage) edits.set('stream_options', withUsage(request));
  return editMembers(request.bytes, request.members, edits);
}

/** The request's `stream_options` with `include_usage` set: spliced too, so that no depth of nesting is walked. */
function withUsage(request: ModelRequestBody): string {
  const member = request.members.find(({ name }) => name === 'stream_options');
  const bytes = member && request.bytes.subarray(member.valueStart, member.valueEnd);
  const options = bytes && scanMembers(bytes);
  return options
    ? editMembers(bytes, options, new Map([['include_usage', 'true']])).toString('utf8')
    : '{"include_usage":true}';
}
