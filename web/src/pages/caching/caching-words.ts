import { formatCount, formatCountOf, formatPercent, formatTokens, formatUsd } from '../../format/index.ts';
import { type Caching, isPromptCacheSilent, reportedInput } from './caching-series.ts';

/** The response-cache chart in one sentence. */
export function responseSentence({ totals: { requests, response_cache: cache } }: Caching): string {
  if (requests === 0) return 'No requests were made.';
  if (cache.eligible === 0) return `None of ${formatCountOf(requests, 'request')} could be answered from the cache.`;
  return `${formatCount(cache.hits)} of ${formatCountOf(cache.eligible, 'eligible request')} answered from the cache, ${formatPercent(cache.hits, cache.eligible)}.`;
}

/** The prompt-cache chart in one or two sentences: how much was read, and what reading and writing came to. */
export function promptSentence(caching: Caching): string {
  const { totals } = caching;
  const { prompt_cache: cache } = totals;
  if (cache.input_tokens === 0) return 'No input tokens reached a provider.';
  if (isPromptCacheSilent(totals)) {
    return `Whether any of ${formatTokens(cache.input_tokens)} input tokens were cached is ${notReportedWords(caching)}.`;
  }
  const whole = reportedInput(totals);
  const tokens = `${formatTokens(cache.cache_read_input_tokens)} of ${formatTokens(whole)} ${whole < cache.input_tokens ? 'reported ' : ''}input tokens read from the providers’ caches, ${formatPercent(cache.cache_read_input_tokens, whole)}.`;
  return `${tokens} ${moneySentence(caching)}`.trim();
}

function moneySentence({ totals: { prompt_cache: cache } }: Caching): string {
  if (cache.read_saving_nano_usd === 0 && cache.write_premium_nano_usd === 0) return '';
  const saved = `Reading saved ${formatUsd(cache.read_saving_nano_usd)}`;
  if (cache.write_premium_nano_usd === 0) return `${saved}.`;
  return `${saved}, writing cost ${formatUsd(cache.write_premium_nano_usd)} more than plain input: ${formatUsd(cache.net_saved_nano_usd)} net.`;
}

const mostNamed = 3;

/** "not reported by openai and mistral": who left input without a word about their prompt cache. */
export function notReportedWords({ not_reported_by: providers }: Caching): string {
  if (providers.length === 0) return 'not reported';
  const named = providers.slice(0, mostNamed);
  const others = providers.length - named.length;
  const list = new Intl.ListFormat('en-GB').format(others > 0 ? [...named, formatCountOf(others, 'other')] : named);
  return `not reported by ${list}`;
}
