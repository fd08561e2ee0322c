import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestClaims } from './identity-provider.ts';

/** Microsoft Graph, as far as a sign-in asks it. */
export interface MicrosoftGraph {
  readonly url: string;
  /** What `/me` says. */
  person: TestClaims;
  /** Ids of the groups of the person, one on each page. */
  groups: string[];
  /** What was assigned to the application, whoever asks for whichever application. */
  assigned: TestClaims[];
  /** Path with query, and the kind of the credential. */
  asked: string[];
  status: number;
  /** Where the next page is said to be; empty: here. */
  nextOrigin: string;
  close(): Promise<void>;
}

/** Starts it on a free port, knowing nobody. */
export async function startMicrosoftGraph(): Promise<MicrosoftGraph> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', graph.url);
    graph.asked.push(`${url.pathname}${url.search} ${request.headers.authorization?.split(' ')[0]}`);
    response.writeHead(graph.status, { 'content-type': 'application/json' });
    if (url.pathname === '/me') return response.end(JSON.stringify(graph.person));
    if (url.pathname.endsWith('/appRoleAssignedTo')) return response.end(JSON.stringify({ value: graph.assigned }));
    const page = Number(url.searchParams.get('page') ?? 0);
    const more = page + 1 < graph.groups.length;
    const next = `${graph.nextOrigin || graph.url}/me/memberOf?page=${page + 1}`;
    return response.end(
      JSON.stringify({ value: [{ id: graph.groups[page] }], ...(more ? { '@odata.nextLink': next } : {}) }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const graph: MicrosoftGraph = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ person: {}, groups: ['red'], assigned: [], asked: [], status: 200, nextOrigin: '' },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return graph;
}
