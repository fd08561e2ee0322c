import type { IncomingHttpHeaders } from 'node:http';
import type { BegunAnswer, BodyListener } from './begun-answer.ts';
import type { UpstreamCall, UpstreamListener } from './call-upstream.ts';
import type { Deployment } from './model-catalog.ts';

/** What comes of an attempt first: an answer that has begun, or the error without one. */
export type Beginning = { readonly answer: BegunAnswer } | { readonly error: Error };

/**
 * One call of a deployment, from its start to its body. It tells once how the call began, and keeps what comes of the
 * body until somebody takes it. A class and not an object of closures, for the reason given in `settle.ts`.
 */
export class Attempt implements UpstreamListener, BegunAnswer {
  readonly deployment: Deployment;
  readonly attempts: number;
  readonly sentAt: number;
  status = 0;
  headers: IncomingHttpHeaders = {};
  private readonly onBegun: (beginning: Beginning) => void;
  private call: UpstreamCall | null = null;
  private listener: BodyListener | null = null;
  private readonly early: Buffer[] = [];
  /** How the body ended before anybody took it. */
  private earlyEnd: 'complete' | Error | null = null;

  /** @param onBegun told once; what else it is told means nothing. */
  constructor(
    { deployment, attempts, sentAt }: Pick<BegunAnswer, 'deployment' | 'attempts' | 'sentAt'>,
    onBegun: (beginning: Beginning) => void,
  ) {
    this.deployment = deployment;
    this.attempts = attempts;
    this.sentAt = sentAt;
    this.onBegun = onBegun;
  }

  /** The call that tells this attempt what comes. No provider answers in the turn in which it is called. */
  isMadeBy(call: UpstreamCall): void {
    this.call = call;
  }

  /** Ends an attempt whose body nobody has taken yet. */
  giveUp(): void {
    if (this.listener) return;
    this.abort();
    this.onBegun({ error: new Error('the client went away') });
  }

  abort(): void {
    this.call?.abort();
  }

  resume(): void {
    this.call?.resume();
  }

  take(listener: BodyListener): void {
    this.listener = listener;
    for (const chunk of this.early.splice(0)) listener.onData(chunk);
    if (this.earlyEnd === 'complete') listener.onEnd();
    else if (this.earlyEnd) listener.onError(this.earlyEnd);
  }

  onHeaders(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
    this.onBegun({ answer: this });
  }

  onData(chunk: Buffer): boolean {
    if (this.listener) return this.listener.onData(chunk);
    this.early.push(chunk);
    return true;
  }

  onEnd(): void {
    if (this.listener) this.listener.onEnd();
    else this.earlyEnd = 'complete';
  }

  onError(error: Error): void {
    if (this.listener) {
      this.listener.onError(error);
      return;
    }
    this.earlyEnd = error;
    this.onBegun({ error });
  }
}
