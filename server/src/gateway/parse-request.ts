import { isUtf8 } from 'node:buffer';
import { type ApiError, authError } from '../http/api-error.ts';
import { editMembers } from './edit-members.ts';
import { badRequest } from './openai-error.ts';
import { type MemberSpan, scanMembers } from './scan-json.ts';

/** A model request's body: read once, sent on with a few members changed and every other byte as it came. */
export interface ModelRequestBody {
  readonly bytes: Buffer;
  readonly members: readonly MemberSpan[];
  /** The value of a top-level member, undefined when there is none. Only what is asked for is ever built. */
  field(name: string): unknown;
}

/** Fields with which a caller could send the gateway's credentials elsewhere, or run it differently. Never taken from callers. */
const forbidden = new Set([
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
]);

/** Fields that are meant for the gateway and that no provider knows. */
const forGatewayOnly = new Set([
  'cache',
  'tags',
  'fallbacks',
  'num_retries',
  'timeout',
  'stream_timeout',
  'mock_response',
  'mock_testing_fallbacks',
  'mock_testing_rate_limit_error',
  'litellm_metadata',
  'litellm_session_id',
  'litellm_trace_id',
  'guardrails',
  'no-log',
  'caching',
  'ttl',
]);

/**
 * Parses a body. What is checked is what is sent: names that occur twice are refused, since readers differ in
 * which of the two they take.
 * @throws ApiError 400 for anything but one JSON object with unique names, 401 for fields that callers may not send.
 */
export function parseModelRequest(bytes: Buffer): ModelRequestBody {
  // Readers differ in what they make of broken UTF-8.
  if (!isUtf8(bytes)) throw badRequest('The body is not valid UTF-8.');
  const members = scanMembers(bytes);
  if (!members) throw notAnObject(bytes);
  const byName = new Map<string, MemberSpan>();
  for (const member of members) {
    const { name } = member;
    if (byName.has(name)) throw badRequest(`The body has '${name}' twice. Send it once.`, name);
    if (forbidden.has(name)) throw notForCallers(name);
    byName.set(name, member);
  }
  return new ParsedBody(bytes, members, byName);
}

/** A class and not an object of closures, for the reason given in `settle.ts`. */
class ParsedBody implements ModelRequestBody {
  readonly bytes: Buffer;
  readonly members: readonly MemberSpan[];
  private readonly byName: ReadonlyMap<string, MemberSpan>;

  constructor(bytes: Buffer, members: readonly MemberSpan[], byName: ReadonlyMap<string, MemberSpan>) {
    this.bytes = bytes;
    this.members = members;
    this.byName = byName;
  }

  field(name: string): unknown {
    const member = this.byName.get(name);
    return member && JSON.parse(this.bytes.toString('utf8', member.valueStart, member.valueEnd));
  }
}

/** Why the bytes are not one JSON object; for malformed JSON in the words of `JSON.parse`. */
function notAnObject(bytes: Buffer): ApiError {
  try {
    JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    return badRequest(`The body is not valid JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return badRequest('The body must be a JSON object such as {"model": "…", "messages": […]}.');
}

function notForCallers(name: string): ApiError {
  return authError(
    401,
    `Authentication Error, Rejected Request: ${name} is not allowed in request body. The gateway's admin sets where a model runs; remove the field.`,
  );
}

/** What a prompt's tokens are counted from: the messages of a chat, or the input of an embedding. */
export function promptOf(body: ModelRequestBody): Readonly<Record<'messages' | 'input', unknown>> {
  return { messages: body.field('messages'), input: body.field('input') };
}

/** The body for a provider: its own model name, usage asked for in streams, the gateway's own fields taken out. */
export function bodyForProvider(request: ModelRequestBody, providerModel: string, askForUsage: boolean): Buffer {
  const edits = new Map<string, string | null>([['model', JSON.stringify(providerModel)]]);
  for (const { name } of request.members) if (forGatewayOnly.has(name)) edits.set(name, null);
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
