import type { FastifyInstance } from 'fastify';

/** Teaches an app to read HTML forms (`application/x-www-form-urlencoded`). Of a field sent twice the last one counts. */
export function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (_request: unknown, body: string) =>
    Object.fromEntries(new URLSearchParams(body)),
  );
}
