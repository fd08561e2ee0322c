/** Columns of keys, users and teams that hold limits of single models and of several periods, as they were sent. */
export interface DetailedLimitColumns {
  /** JSON object of budgets by model. */
  model_max_budget: string;
  /** JSON array of budgets for periods. */
  budget_limits: string;
  /** JSON object of requests per minute by model. */
  model_rpm_limit: string;
  /** JSON object of tokens per minute by model. */
  model_tpm_limit: string;
}
