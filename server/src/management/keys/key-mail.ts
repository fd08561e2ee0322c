import type { Block } from '../../mail/email-template.ts';
import { writeInstant } from '../../mail/write-instant.ts';
import { writePeriod } from '../../mail/write-period.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import { writeUsd } from '../../money/write-usd.ts';

/** A key, as mails tell of it. */
export interface KeyMail {
  readonly keyHash: string;
  /** `sk-...` and the last four characters. */
  readonly keyName: string;
  readonly keyAlias: string | null;
  readonly userId: string | null;
  readonly userEmail: string | null;
  readonly teamId: string | null;
  readonly teamAlias: string | null;
  readonly maxBudgetNanoUsd: number | null;
  readonly budgetDuration: string | null;
  readonly spendNanoUsd: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number | null;
  readonly timeZone: string;
  /** The key's page; null when nobody knows the gateway's address. */
  readonly link: string | null;
}

/** A made-up key, for previews. */
export function sampleKeyMail(baseUrl: string): KeyMail {
  const keyHash = '3f5a0c1e9b7d2468ace013579bdf02468ace13579bdf02468ace13579bdf0246';
  return {
    keyHash,
    keyName: 'sk-...x7Qa',
    keyAlias: 'laptop',
    userId: 'e9d45c7c-b20b-4ff8-ae76-3f479a7b1d7d',
    userEmail: 'ann@example.com',
    teamId: 'research',
    teamAlias: 'Research',
    maxBudgetNanoUsd: 25_000_000_000,
    budgetDuration: '30d',
    spendNanoUsd: 3_410_000_000,
    expiresAt: Date.UTC(2026, 5, 20, 9, 30),
    timeZone: 'UTC',
    link: `${baseUrl}/ui/keys/${keyHash}`,
  };
}

/** What people call the key. */
export function nameOfKey({ keyAlias, keyName }: Pick<KeyMail, 'keyAlias' | 'keyName'>): string {
  return keyAlias ?? keyName;
}

/** What there is to know about the key. */
export function keyFacts(key: KeyMail): Block {
  return {
    kind: 'facts',
    facts: [
      ['Key', key.keyAlias === null ? key.keyName : `${key.keyAlias} (${key.keyName})`],
      ...(key.teamId === null ? [] : [['Team', key.teamAlias ?? key.teamId] as const]),
      ...(key.maxBudgetNanoUsd === null
        ? []
        : [
            [
              'Budget',
              `${writeUsd(key.maxBudgetNanoUsd)}${key.budgetDuration === null ? '' : ` every ${writePeriod(key.budgetDuration)}`}`,
            ] as const,
          ]),
      ['Valid until', key.expiresAt === null ? 'no end' : writeInstant(key.expiresAt, key.timeZone)],
    ],
  };
}

/**
 * The secret, where the settings ask for it. Else it is in no mail and cannot be shown again: LiteLLM's words in its
 * place, "retrieve from dashboard" (contract 7.2), would send people looking for what is not there.
 * @param where who has it instead.
 */
export function secretOrWhere(secret: string | null, where: string): Block[] {
  if (secret === null) return [{ kind: 'text', text: where }];
  return [
    { kind: 'code', text: secret },
    {
      kind: 'text',
      text: 'Keep it like a password: whoever has it spends from your budget. Put it where your programs find it, and delete this mail.',
    },
  ];
}

/** The button to the key's page, when it has an address. */
export function keyButton({ link }: KeyMail, label: string): Block[] {
  return link === null ? [] : [{ kind: 'button', label, url: link }];
}

/** What webhooks and Slack are told of a key, besides what has happened. */
export function announcedKey(key: KeyMail) {
  return {
    event_group: 'key' as const,
    token: key.keyHash,
    key_alias: key.keyAlias,
    user_id: key.userId,
    user_email: key.userEmail,
    team_id: key.teamId,
    team_alias: key.teamAlias,
    spend: nanoUsdToUsd(key.spendNanoUsd),
    max_budget: optionalNanoUsdToUsd(key.maxBudgetNanoUsd),
  };
}
