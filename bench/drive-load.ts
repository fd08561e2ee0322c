import { connect, type Socket } from 'node:net';

/** What one run of load came to. */
export interface Load {
  readonly answers: number;
  readonly seconds: number;
  /** Latencies of all answers, milliseconds, ascending. */
  readonly latenciesMs: Float64Array;
}

const endOfHead = Buffer.from('\r\n\r\n');
const endOfChunks = Buffer.from('0\r\n\r\n');
const wanted = Buffer.from('HTTP/1.1 200 ');

/** The bytes of a POST request. */
export function requestBytes(options: { host: string; path: string; key: string; body: string }): Buffer {
  const head = [
    `POST ${options.path} HTTP/1.1`,
    `host: ${options.host}`,
    `authorization: Bearer ${options.key}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(options.body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${options.body}`);
}

/**
 * Sends the same request again and again over kept-alive connections, on each the next one as soon as the answer
 * before is whole. Works on bare sockets, so that the generator costs little beside what it measures.
 * @throws Error when an answer is not a 200.
 */
export async function driveLoad(options: {
  port: number;
  request: Buffer;
  connections: number;
  seconds: number;
}): Promise<Load> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  const until = startedAt + options.seconds * 1000;
  await Promise.all(Array.from({ length: options.connections }, () => driveOne(options, until, latencies)));
  const seconds = (performance.now() - startedAt) / 1000;
  return { answers: latencies.length, seconds, latenciesMs: Float64Array.from(latencies).sort() };
}

function driveOne(options: { port: number; request: Buffer }, until: number, latencies: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    let sentAt = 0;
    let received: Buffer | null = null;
    const send = () => {
      sentAt = performance.now();
      received = null;
      socket.write(options.request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('The gateway closed a connection.')));
    socket.on('data', (chunk: Buffer) => {
      const isFirst = received === null;
      received = received === null ? chunk : Buffer.concat([received, chunk]);
      if (isFirst && !received.subarray(0, wanted.length).equals(wanted)) {
        reject(new Error(`The gateway answered:\n${received.toString('utf8').slice(0, 2_000)}`));
        socket.destroy();
        return;
      }
      if (!isWhole(received)) return;
      const now = performance.now();
      latencies.push(now - sentAt);
      if (now < until) send();
      else {
        resolve();
        socket.destroy();
      }
    });
  });
}

function isWhole(answer: Buffer): boolean {
  const headEnd = answer.indexOf(endOfHead);
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.toString('latin1', 0, headEnd))?.[1];
  if (length === undefined) return answer.subarray(-endOfChunks.length).equals(endOfChunks);
  return answer.length >= headEnd + endOfHead.length + Number(length);
}
