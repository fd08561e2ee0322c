import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
// Not from the package's main file: that evaluates the whole page here, a quarter of the gateway's memory.
import pageFolder from 'swagger-ui-dist/absolute-path.js';
import type { OpenApiDocument } from './describe-api.ts';

/**
 * Serves the API's description at `/openapi.json`, and at `/docs` a page to read and try it. The page loads
 * nothing from elsewhere, so it works without a network.
 * @param options.describe makes the description; called once, when somebody asks for it.
 */
export async function serveApiReference(
  app: FastifyInstance,
  options: { describe: () => OpenApiDocument; rootPath: string },
): Promise<void> {
  const { rootPath } = options;
  let document: string | undefined;
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Latchkey API</title>
    <link rel="stylesheet" href="${rootPath}/docs/assets/swagger-ui.css" />
    <script defer src="${rootPath}/docs/assets/swagger-ui-bundle.js"></script>
    <script defer src="${rootPath}/docs/start.js"></script>
  </head>
  <body><main id="reference"></main></body>
</html>
`;
  const start = `SwaggerUIBundle({ url: ${JSON.stringify(`${rootPath}/openapi.json`)}, dom_id: '#reference', deepLinking: true, persistAuthorization: false, validatorUrl: null });\n`;
  const headers = {
    'content-security-policy':
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
  app.get(`${rootPath}/openapi.json`, (_request, reply) => {
    document ??= JSON.stringify(options.describe());
    return reply.type('application/json').send(document);
  });
  app.get(`${rootPath}/docs`, (_request, reply) => reply.type('text/html; charset=utf-8').headers(headers).send(page));
  app.get(`${rootPath}/docs/start.js`, (_request, reply) => reply.type('text/javascript').headers(headers).send(start));
  await app.register(fastifyStatic, {
    root: pageFolder(),
    prefix: `${rootPath}/docs/assets/`,
    decorateReply: false,
    allowedPath: (path) => path === '/swagger-ui.css' || path === '/swagger-ui-bundle.js',
  });
}
