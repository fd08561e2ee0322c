import type { Channel, Listening } from './channel.ts';
import { type Message, readMessage, textOfBeat } from './message.ts';

/** A channel that is kept open. */
export interface KeptChannel {
  readonly name: Channel['name'];
  /** True from the moment when this instance has heard itself on it. */
  readonly isConnected: boolean;
  close(): Promise<void>;
}

/** How often a connection is tried, and how long its answer is waited for. Milliseconds. */
export interface ListeningTimes {
  readonly beatEveryMs: number;
  readonly answerWithinMs: number;
  readonly retryAfterMs: number;
  readonly retryAtMostEveryMs: number;
}

const usualTimes: ListeningTimes = {
  beatEveryMs: 5_000,
  // Long, since a busy process hears itself late, and after a connection is given up every record is read again.
  answerWithinMs: 10_000,
  retryAfterMs: 200,
  retryAtMostEveryMs: 10_000,
};

/**
 * Keeps a channel open: a connection that is lost, or on which this instance does not hear its own beat (a half-open
 * socket, a pooler that swallows notifications), is replaced.
 * @param options.id who listens; messages of its own are not passed on.
 * @param options.onConnected called when a connection works: what was sent before was not heard.
 * @param options.onLost told of what ended or prevented a connection, once for each outage.
 */
export function keepListening(
  channel: Channel,
  options: {
    id: string;
    onMessage: (message: Message) => void;
    onConnected: () => void;
    onLost: (error: unknown) => void;
    times?: Partial<ListeningTimes> | undefined;
  },
): KeptChannel {
  const times = { ...usualTimes, ...options.times };
  /** Counts connections; what is heard of an earlier one does not matter any more. */
  let current = 0;
  let opening: Promise<void> = Promise.resolve();
  let listening: Listening | null = null;
  let isConnected = false;
  let isOutageTold = false;
  let failures = 0;
  let beats = 0;
  /** The one thing that is waited for: an answer, the next beat, the next try. */
  let timer: NodeJS.Timeout | undefined;

  function wait(ms: number, then: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(then, ms).unref();
  }

  function open(): void {
    current += 1;
    const mine = current;
    const fail = (error: unknown) => {
      if (mine === current) giveUp(error);
    };
    const heard = (text: string) => {
      if (mine === current) hear(text, fail);
    };
    wait(times.answerWithinMs, () => fail(new Error(`no connection within ${times.answerWithinMs} ms`)));
    opening = channel.listen(heard, fail).then(async (opened) => {
      // Too late: another was opened in the meantime, or none is wanted any more.
      if (mine !== current) return opened.close();
      listening = opened;
      beat(fail);
    });
    opening = opening.catch(fail);
  }

  function beat(fail: (error: unknown) => void): void {
    beats += 1;
    wait(times.answerWithinMs, () =>
      fail(new Error(`the connection carried no message within ${times.answerWithinMs} ms`)),
    );
    listening?.send(textOfBeat(options.id, beats)).catch(fail);
  }

  function hear(text: string, fail: (error: unknown) => void): void {
    const { from, message } = readMessage(text);
    if (from !== options.id) options.onMessage(message);
    else if (message.kind === 'beat' && message.count === beats) {
      wait(times.beatEveryMs, () => beat(fail));
      if (isConnected) return;
      isConnected = true;
      isOutageTold = false;
      failures = 0;
      options.onConnected();
    }
  }

  function giveUp(error: unknown): void {
    const last = disconnect();
    const pauseMs = Math.min(times.retryAfterMs * 2 ** failures, times.retryAtMostEveryMs);
    failures = Math.min(failures + 1, 10);
    // Not all instances at once.
    wait(pauseMs * (0.5 + Math.random()), open);
    last?.close().catch(() => undefined);
    if (!isOutageTold) options.onLost(error);
    isOutageTold = true;
  }

  function disconnect(): Listening | null {
    current += 1;
    isConnected = false;
    const last = listening;
    listening = null;
    return last;
  }

  open();
  return {
    name: channel.name,
    get isConnected() {
      return isConnected;
    },
    async close() {
      const last = disconnect();
      clearTimeout(timer);
      await opening;
      await last?.close().catch(() => undefined);
    },
  };
}
