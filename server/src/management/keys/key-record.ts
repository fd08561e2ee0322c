import type { Role } from '../../access/permissions.contract.ts';
import type { RateLimits } from '../../counters/counters.ts';
import type { ModelRate, WindowBudget } from '../budgets/index.ts';

/** A budget with what was spent of it in the current window. */
export interface BudgetRecord {
  readonly maxBudgetNanoUsd: number | null;
  readonly spendNanoUsd: number;
  readonly budgetDuration: string | null;
  readonly budgetResetAt: number | null;
}

/** All that decides whether a key may make a call: key, owner, team, organization and memberships in one. */
export interface KeyRecord {
  readonly keyHash: string;
  readonly keyName: string;
  readonly keyAlias: string | null;
  readonly userId: string | null;
  readonly teamId: string | null;
  /** The budget that the key refers to; its limits are in the record already. */
  readonly budgetId: string | null;
  readonly models: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly allowedRoutes: readonly string[];
  readonly allowedCacheControls: readonly string[];
  /** Addresses and CIDR ranges; empty: from anywhere. */
  readonly allowedIps: readonly string[];
  readonly rates: RateLimits;
  readonly modelRates: readonly ModelRate[];
  /** How much output money is set aside for when a call names no limit; null: what the configuration says. */
  readonly estimatedOutputTokens: number | null;
  /** Budgets for periods and for single models, of the key and of whoever else it spends from; none for most keys. */
  readonly windowBudgets: readonly WindowBudget[];
  readonly expiresAt: number | null;
  readonly blockedAt: number | null;
  /** Set when the record was read by a secret that has been replaced: until then it still works. */
  readonly replacedSecretEndsAt: number | null;
  readonly budget: BudgetRecord;
  /** Null when the key has no owner, or the owner has no row. */
  readonly user: {
    readonly role: Role;
    readonly models: readonly string[];
    readonly disabledAt: number | null;
    readonly budget: BudgetRecord;
    readonly rates: RateLimits;
    readonly modelRates: readonly ModelRate[];
  } | null;
  readonly team: {
    readonly models: readonly string[];
    /** Names that the team gives models. */
    readonly modelAliases: Readonly<Record<string, string>>;
    readonly blockedAt: number | null;
    readonly budget: BudgetRecord;
    readonly rates: RateLimits;
    readonly modelRates: readonly ModelRate[];
  } | null;
  /** The owner's membership in the key's team. */
  readonly member: { readonly role: string; readonly budget: BudgetRecord; readonly rates: RateLimits } | null;
  /** The organization of the key's team; of the key itself where it has no team. */
  readonly organization: OrganizationRecord | null;
  /** The customer on whose behalf all of its calls are made, whatever a request says; null for keys. */
  readonly endUserId: string | null;
}

/** What an organization adds to the limits of a key. */
export interface OrganizationRecord {
  readonly organizationId: string;
  readonly budgetId: string;
  readonly models: readonly string[];
  readonly budget: BudgetRecord;
  readonly rates: RateLimits;
  readonly modelRates: readonly ModelRate[];
  /** The owner's membership in it; null: not a member. */
  readonly member: { readonly budget: BudgetRecord } | null;
}
