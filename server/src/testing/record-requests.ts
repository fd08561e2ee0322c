import { foldEntries } from '../ledger/fold-entries.ts';
import type { JournalEntry } from '../ledger/journal.ts';
import { chargeSpend } from '../management/budgets/index.ts';
import type { Storage } from '../storage/open-storage.ts';

let count = 0;

/** Puts answered requests into the books as the journal does: log, rollups and spend. @returns their ids. */
export async function recordRequests(storage: Storage, requests: readonly Partial<JournalEntry>[]): Promise<string[]> {
  const entries = requests.map((request): JournalEntry => {
    count += 1;
    const startedAt = request.started_at ?? Date.parse('2026-11-25T10:00:00Z');
    return {
      request_id: `recorded-${count}`,
      response_id: null,
      call_type: 'acompletion',
      endpoint: '/chat/completions',
      key_hash: '',
      user_id: '',
      team_id: '',
      organization_id: '',
      end_user: '',
      model_group: 'gpt-4',
      model: 'gpt-4-2026',
      provider: 'openai',
      deployment_id: 'deployment-1',
      api_base: 'http://provider.test/v1',
      status: 'success',
      http_status: 200,
      error_message: null,
      prompt_tokens: 10,
      completion_tokens: 20,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      reasoning_tokens: 0,
      usage_source: 'provider',
      spend_nano_usd: 1_000_000_000,
      cache_status: 'off',
      saved_nano_usd: 0,
      streamed: 0,
      aborted: 0,
      attempts: 1,
      started_at: startedAt,
      first_token_at: startedAt + 100,
      ended_at: startedAt + 300,
      ip: '203.0.113.9',
      tags: '[]',
      ...request,
    };
  });
  await foldEntries(storage, entries, chargeSpend);
  return entries.map((entry) => entry.request_id);
}
