import type { TokenRateLimitType } from '../config/settings.ts';

/** How many tokens of a call count against limits of tokens. Source: contract 4.5, `token_rate_limit_type`. */
export function countedTokens(
  { promptTokens, completionTokens }: { readonly promptTokens: number; readonly completionTokens: number },
  type: TokenRateLimitType,
): number {
  switch (type) {
    case 'input':
      return promptTokens;
    case 'output':
      return completionTokens;
    case 'total':
      return promptTokens + completionTokens;
  }
}
