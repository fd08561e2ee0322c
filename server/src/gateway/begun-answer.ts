import type { IncomingHttpHeaders } from 'node:http';
import type { UpstreamCall, UpstreamListener } from './call-upstream.ts';
import type { Deployment } from './model-catalog.ts';

/** An answer that has begun: status and headers are in, the body is to come through the listener that is set. */
export interface BegunAnswer extends UpstreamCall {
  readonly deployment: Deployment;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** When this attempt was sent. */
  readonly sentAt: number;
  /** How many attempts were made, this one included. */
  readonly attempts: number;
  /** Sets who takes the body. Called once, in the same turn in which the answer began. */
  take(body: BodyListener): void;
}

/** Takes the body of an answer. */
export type BodyListener = Pick<UpstreamListener, 'onData' | 'onEnd' | 'onError'>;
