import { randomUUID } from 'node:crypto';
import type { JournalEntry } from '../ledger/journal.ts';

/** A settled answer for tests of the books: 10 and 2 tokens for 19 microdollars, unless told otherwise. */
export function journalEntry(more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    request_id: randomUUID(),
    response_id: 'chatcmpl-fake',
    call_type: 'acompletion',
    endpoint: '/chat/completions',
    key_hash: 'hash',
    user_id: '',
    team_id: '',
    organization_id: '',
    end_user: '',
    model_group: 'gpt',
    model: 'provider-gpt',
    provider: 'openai',
    deployment_id: 'test-gpt',
    api_base: 'http://127.0.0.1/v1',
    status: 'success',
    http_status: 200,
    error_message: null,
    prompt_tokens: 10,
    completion_tokens: 2,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    reasoning_tokens: 0,
    usage_source: 'provider',
    spend_nano_usd: 19_000,
    cache_status: 'off',
    saved_nano_usd: 0,
    streamed: 0,
    aborted: 0,
    attempts: 1,
    started_at: 1_700_000_000_000,
    first_token_at: null,
    ended_at: 1_700_000_000_250,
    ip: '127.0.0.1',
    tags: '[]',
    session_id: '',
    ...more,
  };
}
