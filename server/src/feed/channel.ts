import type { Transaction } from 'kysely';
import type { Database } from '../storage/database.ts';

/** A way from one instance to all others. */
export interface Channel {
  readonly name: 'postgres' | 'redis';
  /** Sends texts if and when the transaction is committed; null where the channel knows no transactions. */
  readonly sendWithin: ((tx: Transaction<Database>, texts: readonly string[]) => Promise<void>) | null;
  /** Sends texts at once, for what is committed already; null where `sendWithin` has done it. */
  readonly send: ((texts: readonly string[]) => Promise<void>) | null;
  /**
   * Opens a connection on which everything is heard that is sent from now on, also by this instance.
   * @param lost called once, when the connection is gone.
   * @throws when it cannot be opened.
   */
  listen(heard: (text: string) => void, lost: (error: unknown) => void): Promise<Listening>;
}

/** An open connection that listens. */
export interface Listening {
  /** Sends a text, so that it is heard here too. */
  send(text: string): Promise<void>;
  close(): Promise<void>;
}
