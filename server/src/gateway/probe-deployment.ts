import type { HealthCheck, ProbeDeployment, TryDeployment } from '../management/health/index.ts';
import type { Upstreams } from './call-upstream.ts';
import { type Deployment, type ModelCatalog, readyDeployment } from './model-catalog.ts';

/** Health is asked by many at once; the answer of a moment ago is good enough, and providers bill each request. */
const keptMs = 10_000;
const patienceMs = 15_000;

/**
 * Creates the check that sends a deployment the smallest request there is. Its cost is on nobody's books.
 * @param parts.record keeps what came of it, and does not fail; an answer that is given twice is kept once.
 */
export function createProbe(parts: {
  upstreams: Upstreams;
  catalog: ModelCatalog;
  now: () => number;
  record: (check: HealthCheck) => Promise<void>;
}): ProbeDeployment {
  const kept = new Map<string, { askedAt: number; answer: Promise<string | null> }>();

  async function askAndRecord(id: string, askedAt: number, checkedBy: string): Promise<string | null> {
    const deployment = parts.catalog.all.find((candidate) => candidate.id === id);
    if (!deployment) return 'The model was deleted.';
    const startedAt = performance.now();
    const error = await ask(parts.upstreams, deployment);
    await parts.record({
      model_id: id,
      model_name: deployment.modelName,
      provider_model: `${deployment.provider}/${deployment.providerModel}`,
      status: error === null ? 'healthy' : 'unhealthy',
      error,
      response_ms: Math.round(performance.now() - startedAt),
      checked_at: askedAt,
      checked_by: checkedBy,
    });
    return error;
  }

  return ({ id }, checkedBy) => {
    const now = parts.now();
    for (const [known, { askedAt }] of kept) if (now - askedAt >= keptMs) kept.delete(known);
    const answer = kept.get(id)?.answer ?? askAndRecord(id, now, checkedBy);
    if (!kept.has(id)) kept.set(id, { askedAt: now, answer });
    return answer;
  };
}

/** Creates the trial of a deployment that is not served. */
export function createTrial(upstreams: Upstreams): TryDeployment {
  return (settings) => ask(upstreams, readyDeployment(settings));
}

function ask(upstreams: Upstreams, deployment: Deployment): Promise<string | null> {
  if (deployment.mockResponse !== null) return Promise.resolve(null);
  const isEmbedding = deployment.mode === 'embedding';
  const body = isEmbedding
    ? { model: deployment.providerModel, input: 'ping' }
    : { model: deployment.providerModel, messages: [{ role: 'user', content: 'ping' }], max_tokens: 1 };
  return new Promise((resolve) => {
    let status = 0;
    const call = upstreams.call(
      deployment,
      {
        path: isEmbedding ? '/embeddings' : '/chat/completions',
        body: Buffer.from(JSON.stringify(body)),
        timeoutMs: deployment.timeoutMs,
      },
      {
        onHeaders(received) {
          status = received;
        },
        onData: () => true,
        onEnd() {
          clearTimeout(timer);
          // Nothing of the provider's text: it may repeat a part of the credential.
          resolve(status >= 200 && status < 300 ? null : `The provider answered with HTTP ${status}.`);
        },
        onError(error) {
          clearTimeout(timer);
          const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
          resolve(`The provider could not be reached (${code}).`);
        },
      },
    );
    const timer = setTimeout(() => {
      call.abort();
      resolve(`The provider did not answer within ${patienceMs / 1000} seconds.`);
    }, patienceMs);
    timer.unref();
  });
}
