import type { EmailTemplate } from '../../mail/email-template.ts';
import { writeUsd } from '../../money/write-usd.ts';
import {
  announcedBudget,
  type BudgetMail,
  budgetFacts,
  ownerForOthers,
  ownerInWords,
  percentOf,
  sampleBudgetMail,
  usageButton,
} from './budget-mail.ts';

declare module '../../mail/mail-data.ts' {
  interface MailData {
    'Max Budget Reached': BudgetMail;
  }
}

/** Tells the owner of a budget that it is used up. */
export const maxBudgetReachedEmail: EmailTemplate<'Max Budget Reached'> = {
  event: 'Max Budget Reached',
  sample: (baseUrl) => ({ ...sampleBudgetMail(baseUrl), spendNanoUsd: 25_060_000_000 }),
  subject: (budget) => `The budget of ${ownerInWords(budget)} is used up`,
  body: (budget) => ({
    preview: 'Requests are refused until there is budget again.',
    heading: 'A budget is used up',
    blocks: [
      {
        kind: 'text',
        text: `The budget of ${ownerInWords(budget)}, ${writeUsd(budget.maxBudgetNanoUsd ?? 0)}, is used up. Requests are refused ${budget.resetsAt === null ? 'until somebody raises it: ask an admin' : 'until it starts anew, or until an admin raises it'}.`,
      },
      { kind: 'meter', percent: percentOf(budget.spendNanoUsd, budget.maxBudgetNanoUsd), isOver: true },
      budgetFacts(budget),
      ...usageButton(budget),
    ],
  }),
  announcement: (budget) => ({
    ...announcedBudget(budget),
    event: 'budget_crossed',
    event_message: `Budget used up: ${ownerForOthers(budget)} has spent ${writeUsd(budget.spendNanoUsd)} of ${writeUsd(budget.maxBudgetNanoUsd ?? 0)}`,
  }),
};
