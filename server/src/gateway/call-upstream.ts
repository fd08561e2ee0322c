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

/** What is sent to a deployment. */
export interface UpstreamRequest {
  /** Behind its `api_base`. */
  readonly path: string;
  readonly body: Buffer;
  /** How long it may take until it begins to answer. */
  readonly timeoutMs: number;
}

/** The only place that talks to model providers: one pool of kept-alive connections for each origin. */
export interface Upstreams {
  call(deployment: Deployment, request: UpstreamRequest, listener: UpstreamListener): UpstreamCall;
  close(): Promise<void>;
}

const keepAliveMs = 30_000;
/** A stream may be silent for at least this long between two chunks. */
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
    call(deployment, { path, body, timeoutMs }, listener) {
      const { pool, pathPrefix } = targetOf(deployment.apiBase);
      const call = new PooledCall(listener);
      pool.dispatch(
        {
          method: 'POST',
          path: pathPrefix + path,
          headers: deployment.headers,
          body,
          headersTimeout: timeoutMs,
          // Where both are the same, undici has one timer for a connection in place of a new one for each phase.
          bodyTimeout: Math.max(timeoutMs, silenceMs),
        },
        call,
      );
      return call;
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

/** What undici tells of a call, told to the listener. A class and not objects of closures, for the reason given in `settle.ts`. */
class PooledCall implements UpstreamCall, Dispatcher.DispatchHandler {
  private readonly listener: UpstreamListener;
  private controller: Dispatcher.DispatchController | null = null;
  private isAborted = false;

  constructor(listener: UpstreamListener) {
    this.listener = listener;
  }

  abort(): void {
    this.isAborted = true;
    this.controller?.abort(new Error('the client went away'));
  }

  resume(): void {
    this.controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isAborted) this.abort();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.listener.onHeaders(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.listener.onData(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.listener.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.isAborted) this.listener.onError(error);
  }
}
