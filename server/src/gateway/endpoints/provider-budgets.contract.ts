import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, usd } from '../../http/fields.contract.ts';

/** `GET /provider/budgets`: what the config file lets each provider's calls cost, and what is spent of it. */
export const listProviderBudgets = defineEndpoint({
  method: 'GET',
  path: '/provider/budgets',
  summary: 'What may be spent on each provider, and what is',
  permission: 'usage:read-all',
  result: z.object({
    /** By name; a provider without a budget is not there. */
    providers: z.record(
      z.string(),
      z.object({
        budget_limit: usd,
        /** Such as `1d`; null: it never starts anew. */
        time_period: z.nullable(z.string()),
        /** Of the period that runs: what is settled, whether or not the books have it. */
        spend: usd,
        budget_reset_at: z.nullable(instant),
      }),
    ),
  }),
});
