import { foldEntries } from '../ledger/fold-entries.ts';
import type { JournalEntry } from '../ledger/journal.ts';
import { chargeSpend } from '../management/budgets/index.ts';
import type { Storage } from '../storage/open-storage.ts';
import { journalEntry } from './journal-entry.ts';

let count = 0;

/**
 * Puts answered requests into the books as the journal does: log, rollups and spend. Unless told otherwise, nobody's, of
 * a day in November 2026, with 10 and 20 tokens for a dollar.
 * @returns their ids.
 */
export async function recordRequests(storage: Storage, requests: readonly Partial<JournalEntry>[]): Promise<string[]> {
  const entries = requests.map((request) => {
    count += 1;
    const startedAt = request.started_at ?? Date.parse('2026-11-25T10:00:00Z');
    return journalEntry({
      request_id: `recorded-${count}`,
      response_id: null,
      key_hash: '',
      model_group: 'gpt-4',
      model: 'gpt-4-2026',
      deployment_id: 'deployment-1',
      api_base: 'http://provider.test/v1',
      completion_tokens: 20,
      spend_nano_usd: 1_000_000_000,
      started_at: startedAt,
      first_token_at: startedAt + 100,
      ended_at: startedAt + 300,
      ip: '203.0.113.9',
      ...request,
    });
  });
  await foldEntries(storage, entries, chargeSpend);
  return entries.map((entry) => entry.request_id);
}
