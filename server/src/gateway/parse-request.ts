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
  let fields: unknown;
  try {
    fields = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw badRequest(`The body is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw badRequest('The body must be a JSON object such as {"model": "…", "messages": […]}.');
  }
  const members = scanMembers(bytes);
  if (!members) throw badRequest('The body must start with the JSON object itself (no byte order mark).');
  // `JSON.parse` keeps one of two members with the same name.
  if (Object.keys(fields).length !== members.length) {
    const twice = firstRepeated(members);
    throw badRequest(`The body has '${twice}' twice. Send it once.`, twice);
  }
  for (const name of forbidden) {
    if (Object.hasOwn(fields, name)) {
      throw authError(
        401,
        `Authentication Error, Rejected Request: ${name} is not allowed in request body. The gateway's admin sets where a model runs; remove the field.`,
      );
    }
  }
  return { bytes, members, fields: fields as Record<string, unknown> };
}

function firstRepeated(members: readonly MemberSpan[]): string {
  const names = new Set<string>();
  for (const { name } of members) {
    if (names.has(name)) return name;
    names.add(name);
  }
  return '';
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
