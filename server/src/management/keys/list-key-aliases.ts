import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { listAliasesWithin } from './page-keys.ts';

/** What may be asked of the list of aliases. */
export interface AliasQuery {
  readonly page?: number | undefined;
  readonly size?: number | undefined;
  readonly search?: string | undefined;
  readonly team_id?: string | undefined;
}

/** The aliases of the keys that the caller may see, sorted, with those of the teams they administer. */
export async function listKeyAliases(
  parts: Parts,
  call: Call,
  query: AliasQuery,
): Promise<{ aliases: string[]; total_count: number; current_page: number; total_pages: number; size: number }> {
  const page = query.page ?? 1;
  const size = query.size ?? 50;
  const { aliases, total } = await listAliasesWithin(parts.storage.db, call.access, {
    search: query.search?.trim() || null,
    teamId: query.team_id || null,
    limit: size,
    offset: (page - 1) * size,
  });
  return { aliases, total_count: total, current_page: page, total_pages: Math.ceil(total / size), size };
}
