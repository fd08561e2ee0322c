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
    'Soft Budget Crossed': BudgetMail;
  }
}

/** Tells the owner that more is spent than was planned; nothing stops. */
export const softBudgetEmail: EmailTemplate<'Soft Budget Crossed'> = {
  event: 'Soft Budget Crossed',
  sample: sampleBudgetMail,
  subject: (budget) => `Soft budget crossed: ${writeUsd(budget.spendNanoUsd)} spent by ${ownerInWords(budget)}`,
  body: (budget) => ({
    preview: 'Nothing stops: this is only to let you know.',
    heading: 'A soft budget is crossed',
    blocks: [
      {
        kind: 'text',
        text: `What was spent by ${ownerInWords(budget)} has crossed the soft budget of ${writeUsd(budget.softBudgetNanoUsd ?? 0)}. Nothing stops: this is only to let you know.`,
      },
      { kind: 'meter', percent: percentOf(budget.spendNanoUsd, budget.softBudgetNanoUsd), isOver: false },
      budgetFacts(budget),
      ...usageButton(budget),
    ],
  }),
  announcement: (budget) => ({
    ...announcedBudget(budget),
    event: 'soft_budget_crossed',
    event_message: `Soft budget crossed: ${ownerForOthers(budget)} has spent ${writeUsd(budget.spendNanoUsd)} of ${writeUsd(budget.softBudgetNanoUsd ?? 0)}`,
  }),
};
