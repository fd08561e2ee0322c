import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { ChangedObject } from '../audit/change.ts';
import type { SpendTotal } from '../counters/counters.ts';
import type { Database } from '../storage/database.ts';
import type { Channel } from './channel.ts';
import { keepListening, type ListeningTimes } from './keep-listening.ts';
import { type Message, textsOfChanges, textsOfSpend } from './message.ts';

/**
 * What the instances on one database tell each other: what has changed, and what is spent. It goes over every channel
 * there is, since hearing a thing twice does no harm. What is not heard is found out when records grow stale.
 */
export interface Feed {
  /** Tells what a transaction has changed. Call it within the transaction, and what it returns after the commit. */
  tellChanges(tx: Transaction<Database>, objects: readonly ChangedObject[]): Promise<() => void>;
  /** Tells what the database says is spent, after a fold. Called like `tellChanges`. */
  tellSpend(tx: Transaction<Database>, totals: readonly SpendTotal[]): Promise<() => void>;
  /** Whether this instance hears the others: on one channel at least. `off`: there is none. */
  readonly state: 'off' | 'connected' | 'down';
  /** Each channel by its name, for people who look for what is wrong. */
  readonly channels: Readonly<Record<string, 'connected' | 'down'>>;
  close(): Promise<void>;
}

/** What becomes of what others tell. */
export interface FeedListeners {
  changes(objects: readonly ChangedObject[]): void;
  spend(totals: readonly SpendTotal[]): void;
  /** Something may not have been heard: whatever is remembered must be read again before it is used. */
  missed(): void;
}

/** Opens the channels and keeps them open. @param options.onLost told once of each outage of a channel. */
export function openFeed(
  channels: readonly Channel[],
  listeners: FeedListeners,
  options: {
    onLost: (error: unknown, channel: Channel['name']) => void;
    onConnected: (channel: Channel['name']) => void;
    times?: Partial<ListeningTimes> | undefined;
  },
): Feed {
  const id = randomUUID();
  const kept = channels.map((channel) =>
    keepListening(channel, {
      id,
      onMessage: (message) => pass(message, listeners),
      onConnected() {
        listeners.missed();
        options.onConnected(channel.name);
      },
      onLost: (error) => options.onLost(error, channel.name),
      times: options.times,
    }),
  );

  async function tell(tx: Transaction<Database>, texts: readonly string[]): Promise<() => void> {
    if (texts.length === 0) return () => undefined;
    for (const channel of channels) await channel.sendWithin?.(tx, texts);
    return () => {
      // A channel that is down is noticed by listening on it; the others grow stale in the meantime.
      for (const channel of channels) channel.send?.(texts).catch(() => undefined);
    };
  }

  return {
    tellChanges: (tx, objects) => tell(tx, textsOfChanges(id, objects)),
    tellSpend: (tx, totals) => tell(tx, textsOfSpend(id, totals)),
    get state() {
      if (kept.length === 0) return 'off';
      return kept.some((channel) => channel.isConnected) ? 'connected' : 'down';
    },
    get channels() {
      const states: Record<string, 'connected' | 'down'> = {};
      for (const { name, isConnected } of kept) states[name] = isConnected ? 'connected' : 'down';
      return states;
    },
    async close() {
      await Promise.all(kept.map((channel) => channel.close()));
    },
  };
}

function pass(message: Message, listeners: FeedListeners): void {
  switch (message.kind) {
    case 'changes':
      listeners.changes(message.objects);
      break;
    case 'spend':
      listeners.spend(message.totals);
      break;
    case 'everything':
      listeners.missed();
      break;
    case 'beat':
      break;
  }
}
