import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** No inline script, nothing from elsewhere, no frame around it. Styles may be inline: charts position with them. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ');

/**
 * Serves the built console under `{rootPath}/ui/`. Every path below it that is not a file is a page of the
 * console; the document's base tells it where it lives.
 */
export async function serveConsole(app: FastifyInstance, options: { folder: string; rootPath: string }): Promise<void> {
  const { folder, rootPath } = options;
  const indexPath = join(folder, 'index.html');
  if (!existsSync(indexPath)) {
    app.get(`${rootPath}/ui/*`, (_request, reply) =>
      reply
        .code(503)
        .type('text/plain')
        .send('The console has not been built. Run `npm run build`, then start the gateway again.'),
    );
    return;
  }
  const page = readFileSync(indexPath, 'utf8').replace('<!-- base -->', `<base href="${rootPath}/ui/" />`);
  const sendPage = (reply: FastifyReply) =>
    reply
      .type('text/html; charset=utf-8')
      .headers({
        'cache-control': 'no-store',
        'content-security-policy': contentSecurityPolicy,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
      .send(page);
  await app.register(fastifyStatic, {
    root: folder,
    prefix: `${rootPath}/ui/`,
    index: false,
    wildcard: false,
    maxAge: '365d',
    immutable: true,
    setHeaders: (response, path) => {
      response.header('x-content-type-options', 'nosniff');
      if (!path.includes('/assets/')) response.header('cache-control', 'no-cache');
    },
  });
  app.get(`${rootPath}/ui`, (request, reply) => reply.redirect(`${rootPath}/ui/${queryOf(request.url)}`, 302));
  app.get(`${rootPath}/ui/`, (_request, reply) => sendPage(reply));
  app.get(`${rootPath}/ui/*`, (request, reply) => {
    if (request.url.includes('/assets/')) return reply.code(404).type('text/plain').send('There is no such file.');
    return sendPage(reply);
  });
  app.get(`${rootPath}/`, (_request, reply) => reply.redirect(`${rootPath}/ui/`, 302));
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}
