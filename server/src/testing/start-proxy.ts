import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between a program and a server, which can fail. */
export interface TestProxy {
  /** The address of the server, by way of the proxy. */
  readonly url: string;
  /** Ends every connection, and refuses new ones, until `mend`. */
  cut(): void;
  /** Carries nothing any more and keeps the connections, as a cable that was pulled, until `mend` or `cut`. */
  freeze(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of a server. @param url where the server is; its host and port are replaced. */
export async function startProxy(url: string): Promise<TestProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let state: 'whole' | 'cut' | 'frozen' = 'whole';
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [socket, peer] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        if (state === 'whole') peer.write(bytes);
      });
      socket.on('close', () => {
        sockets.delete(socket);
        if (state !== 'frozen') peer.destroy();
      });
    }
    if (state === 'cut') client.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = () => {
    for (const socket of sockets) socket.destroy();
  };
  const address = new URL(url);
  address.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: address.href,
    cut() {
      state = 'cut';
      end();
    },
    freeze() {
      state = 'frozen';
    },
    mend() {
      state = 'whole';
    },
    async close() {
      state = 'cut';
      end();
      server.close();
      await once(server, 'close');
    },
  };
}
