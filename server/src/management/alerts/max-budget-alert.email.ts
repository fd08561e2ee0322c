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
    /** `threshold`: the part of the budget that is reached, in percent. */
    'Max Budget Alert': BudgetMail & { readonly threshold: number };
  }
}

/** Tells the owner of a budget that most of it is spent. */
export const maxBudgetAlertEmail: EmailTemplate<'Max Budget Alert'> = {
  event: 'Max Budget Alert',
  sample: (baseUrl) => ({ ...sampleBudgetMail(baseUrl), threshold: 80 }),
  subject: (budget) => `${budget.threshold} % of the budget of ${ownerInWords(budget)} is spent`,
  body: (budget) => ({
    preview: `${writeUsd(budget.spendNanoUsd)} of ${writeUsd(budget.maxBudgetNanoUsd ?? 0)} is spent.`,
    heading: `${budget.threshold} % of a budget is spent`,
    blocks: [
      {
        kind: 'text',
        text: `The budget of ${ownerInWords(budget)} is ${writeUsd(budget.maxBudgetNanoUsd ?? 0)}, and ${writeUsd(budget.spendNanoUsd)} of it is spent. When it is used up, requests are refused${budget.resetsAt === null ? ' until somebody raises it' : ' until it starts anew'}.`,
      },
      { kind: 'meter', percent: percentOf(budget.spendNanoUsd, budget.maxBudgetNanoUsd), isOver: false },
      budgetFacts(budget),
      ...usageButton(budget),
    ],
  }),
  announcement: (budget) => ({
    ...announcedBudget(budget),
    event: 'max_budget_alert',
    event_message: `${budget.threshold} % of a budget is spent: ${ownerForOthers(budget)} has spent ${writeUsd(budget.spendNanoUsd)} of ${writeUsd(budget.maxBudgetNanoUsd ?? 0)}`,
  }),
};
