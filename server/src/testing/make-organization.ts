import { post } from './make-key.ts';
import type { TestApp } from './start-test-app.ts';

let count = 0;

/** Makes an organization. @param fields what else `/organization/new` is told. @returns its id. */
export async function makeOrganization(app: TestApp, fields: Record<string, unknown> = {}): Promise<string> {
  count += 1;
  const body = { organization_id: `organization-${count}`, organization_alias: `Organization ${count}`, ...fields };
  return String((await post(app, '/organization/new', body))['organization_id']);
}
