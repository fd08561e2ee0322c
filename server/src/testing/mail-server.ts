import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A mail that the server took, read as a mail program reads it. */
export interface CaughtMail {
  /** Whom the envelope named. */
  readonly to: readonly string[];
  readonly from: string;
  readonly mail: Email;
  /** The bytes as they came, as text. */
  readonly source: string;
}

/** A real mail server that keeps what it is sent. */
export interface MailServer {
  readonly port: number;
  /** What it has answered "250 OK" to, in order. */
  readonly caught: CaughtMail[];
  /** Waits until so many mails were caught. @throws Error with their subjects after the time. */
  waitFor(count: number, withinMs?: number): Promise<readonly CaughtMail[]>;
  /** Called before a mail is answered: may wait, or refuse it by throwing an error with `responseCode`. */
  beforeAnswer(check: (mail: CaughtMail) => Promise<void> | void): void;
  /** Called for each recipient; throws to refuse them. */
  checkRecipient(check: (address: string) => void): void;
  /** Stops listening and cuts every connection, as when the machine goes away. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
}

/** Starts a mail server on a free port. @param login what it demands; without it, it takes mail from everybody. */
export async function startMailServer(login?: { username: string; password: string }): Promise<MailServer> {
  const caught: CaughtMail[] = [];
  let beforeAnswer: (mail: CaughtMail) => Promise<void> | void = () => undefined;
  let checkRecipient: (address: string) => void = () => undefined;
  let server: SMTPServer | null = null;
  let port = 0;

  const create = () =>
    new SMTPServer({
      authOptional: login === undefined,
      disabledCommands: login === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
      allowInsecureAuth: true,
      disableReverseLookup: true,
      logger: false,
      closeTimeout: 100,
      onAuth({ username, password }, _session, done) {
        if (username === login?.username && password === login?.password) done(null, { user: username });
        else done(Object.assign(new Error('Authentication failed'), { responseCode: 535 }));
      },
      onRcptTo({ address }, _session, done) {
        try {
          checkRecipient(address);
          done();
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)));
        }
      },
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          void (async () => {
            const source = Buffer.concat(chunks);
            const { mailFrom, rcptTo } = session.envelope;
            const mail: CaughtMail = {
              to: rcptTo.map(({ address }) => address),
              from: mailFrom === false ? '' : mailFrom.address,
              mail: await PostalMime.parse(source),
              source: source.toString('utf8'),
            };
            try {
              await beforeAnswer(mail);
              caught.push(mail);
              done(null, 'OK');
            } catch (error) {
              done(error instanceof Error ? error : new Error(String(error)));
            }
          })();
        });
      },
    });

  const start = async () => {
    const next = create();
    next.on('error', () => undefined);
    next.listen(port, '127.0.0.1');
    await once(next.server, 'listening');
    port = (next.server.address() as AddressInfo).port;
    server = next;
  };
  await start();

  return {
    get port() {
      return port;
    },
    caught,
    async waitFor(count, withinMs = 15_000) {
      const deadline = Date.now() + withinMs;
      while (caught.length < count) {
        if (Date.now() > deadline) {
          const subjects = caught.map(({ mail }) => mail.subject).join('; ');
          throw new Error(`${caught.length} of ${count} mails came within ${withinMs} ms: ${subjects}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return caught;
    },
    beforeAnswer(check) {
      beforeAnswer = check;
    },
    checkRecipient(check) {
      checkRecipient = check;
    },
    async stop() {
      const old = server;
      server = null;
      if (old) await new Promise<void>((resolve) => old.close(() => resolve()));
    },
    start,
  };
}

/** Mail settings for a gateway that sends through the server. */
export function mailValuesFor(server: Pick<MailServer, 'port'>): Record<string, string> {
  return {
    smtp_host: '127.0.0.1',
    smtp_port: String(server.port),
    smtp_tls: 'False',
    smtp_sender_email: 'Example AI <gateway@example.com>',
  };
}
