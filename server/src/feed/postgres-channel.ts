import { sql } from 'kysely';
import pg from 'pg';
import type { Channel } from './channel.ts';

const closeWithinMs = 1_000;

/**
 * LISTEN and NOTIFY on a connection of its own. What is sent within a transaction arrives when it is committed, in the
 * order of the commits, and never when it is not. A pooler that shares connections between transactions (PgBouncer in
 * transaction mode) carries no notifications.
 */
export function postgresChannel(connectionString: string, name: string): Channel {
  return {
    name: 'postgres',
    async sendWithin(tx, texts) {
      await sql`select pg_notify(${name}, text) from unnest(${texts}::text[]) with ordinality as texts (text, place) order by place`.execute(
        tx,
      );
    },
    send: null,
    async listen(heard, lost) {
      const client = new pg.Client({
        connectionString,
        keepAlive: true,
        connectionTimeoutMillis: 5_000,
        application_name: 'latchkey feed',
      });
      client.on('error', lost);
      client.on('end', () => lost(new Error('the connection was closed')));
      client.on('notification', ({ payload }) => heard(payload ?? ''));
      await client.connect();
      try {
        await client.query(`listen ${client.escapeIdentifier(name)}`);
      } catch (error) {
        await client.end();
        throw error;
      }
      return {
        async send(text) {
          await client.query('select pg_notify($1, $2)', [name, text]);
        },
        async close() {
          // A connection on which nothing answers is not waited for.
          await Promise.race([client.end(), new Promise((resolve) => setTimeout(resolve, closeWithinMs).unref())]);
        },
      };
    },
  };
}
