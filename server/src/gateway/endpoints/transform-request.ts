import type * as z from 'zod/mini';
import { type Call, implement, type Route } from '../../http/call.ts';
import { type ModelDirectory, withoutCredentials } from '../../management/models/index.ts';
import { upstreamHeaders } from '../../providers/openai-compatible.ts';
import { unknownModel } from '../model-access.ts';
import { modelEndpoints } from '../model-request.ts';
import { badRequest } from '../openai-error.ts';
import { bodyForProvider, parseModelRequest } from '../parse-request.ts';
import { transformRequest as endpoint, type TransformInput } from './transform-request.contract.ts';

/** The endpoint that shows requests as providers get them. */
export function transformRoutes(models: ModelDirectory): Route[] {
  return [implement(endpoint, (call, input) => transformRequest(models, call, input))];
}

/**
 * Writes a request as the first deployment of its model would get it: by the code that sends requests, to what the
 * caller may call. Credentials are masked.
 * @throws ApiError 400 for another kind of call, a body that no call could have, and a model that the caller cannot
 * call; 401 for fields that callers may not send.
 */
async function transformRequest(
  models: ModelDirectory,
  call: Call,
  { call_type, request_body }: TransformInput,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { name: path, canStream } = readCallType(call_type);
  const request = parseModelRequest(Buffer.from(JSON.stringify(request_body)));
  const model = request.field('model');
  const requested = typeof model === 'string' ? model : '';
  const [deployment] = (await models.modelsOf(call)).deploymentsOf(requested);
  if (!deployment) throw unknownModel(requested.slice(0, 100));
  const asksForUsage = canStream && request.field('stream') === true;
  const body = bodyForProvider(request, deployment.providerModel, asksForUsage);
  return {
    raw_request_api_base: withoutCredentials(`${deployment.apiBase}${path}`),
    raw_request_body: JSON.parse(body.toString('utf8')) as Record<string, unknown>,
    raw_request_headers: Object.fromEntries(
      Object.entries(upstreamHeaders(deployment)).map(([name, value]) => [
        name,
        name === 'content-type' ? value : name === 'authorization' ? 'Bearer ***' : '***',
      ]),
    ),
    error: null,
  };
}

function readCallType(callType: string) {
  const found = modelEndpoints.find((one) => one.callType === callType || one.callType === `a${callType}`);
  if (found) return found;
  throw badRequest(
    `call_type must be one of ${modelEndpoints.flatMap((one) => [one.callType.slice(1), one.callType]).join(', ')}.`,
    'call_type',
  );
}
