import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import type { Deployment } from './model-catalog.ts';

/** What happens on an upstream call, in this order: headers, any number of chunks, then end or error. */
export interface UpstreamListener {
  onHeaders(status: number, headers: IncomingHttpHeaders): void;
  /** @returns false to pause until `resume`. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(error: Error): void;
}

/** A call on its way. */
export interface UpstreamCall {
  abort(): void;
  resume(): void;
}

/** The only place that talks to model providers: one pool of kept-alive connections for each origin. */
export interface Upstreams {
  call(deployment: Deployment, path: string, body: Buffer, listener: UpstreamListener): UpstreamCall;
  close(): Promise<void>;
}

const keepAliveMs = 30_000;
/** A stream may be silent for this long between two chunks. */
const silenceMs = 300_000;

/** Creates the pools. */
export function createUpstreams(): Upstreams {
  const pools = new Map<string, Pool>();
  const targets = new Map<string, { pool: Pool; pathPrefix: string }>();

  function targetOf(apiBase: string): { pool: Pool; pathPrefix: string } {
    let target = targets.get(apiBase);
    if (!target) {
      const url = new URL(apiBase);
      let pool = pools.get(url.origin);
      if (!pool) {
        pool = new Pool(url.origin, { keepAliveTimeout: keepAliveMs, pipelining: 1 });
        pools.set(url.origin, pool);
      }
      target = { pool, pathPrefix: url.pathname.replace(/\/+$/, '') };
      targets.set(apiBase, target);
    }
    return target;
  }

  return {
    call(deployment, path, body, listener) {
      const { pool, pathPrefix } = targetOf(deployment.apiBase);
      let controller: Dispatcher.DispatchController | null = null;
      let aborted = false;
      pool.dispatch(
        {
          method: 'POST',
          path: pathPrefix + path,
          headers: deployment.headers,
          body,
          headersTimeout: deployment.timeoutMs,
          bodyTimeout: silenceMs,
        },
        {
          onRequestStart(started) {
            controller = started;
            if (aborted) started.abort(new Error('the client went away'));
          },
          onResponseStart(_controller, status, headers) {
            if (status >= 200) listener.onHeaders(status, headers);
          },
          onResponseData(active, chunk) {
            if (!listener.onData(chunk)) active.pause();
          },
          onResponseEnd() {
            listener.onEnd();
          },
          onResponseError(_controller, error) {
            if (!aborted) listener.onError(error);
          },
        },
      );
      return {
        abort() {
          aborted = true;
          controller?.abort(new Error('the client went away'));
        },
        resume() {
          controller?.resume();
        },
      };
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}
