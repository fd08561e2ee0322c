import type { MailSettingName } from '../mail/mail-settings.contract.ts';

/** What environment and config file say about mail, Slack and webhooks. */
export interface MailSettings {
  /** What is set, as it was written: `SMTP_HOST` is `smtp_host`. A name that is absent is not set. */
  readonly values: Readonly<Partial<Record<MailSettingName, string>>>;
  /** `RESEND_API_BASE`: where Resend is, without a trailing slash. */
  readonly resendBaseUrl: string;
  /** `SENDGRID_API_BASE`: where SendGrid is; its European servers have an address of their own. */
  readonly sendgridBaseUrl: string;
  /** `EMAIL_INCLUDE_API_KEY`: whether mails about a key hold its secret. */
  readonly includesKeySecrets: boolean;
  /** `TEST_EMAIL_ADDRESS`: who gets what `/health/services?service=email` sends; null: whoever asks. */
  readonly testRecipient: string | null;
  /** Part of a budget at which its owner is told, in percent. */
  readonly budgetAlertPercent: number;
  /** `general_settings.alerting`: which of `email`, `slack` and `webhook` are told; null: whichever has an address. */
  readonly alerting: readonly string[] | null;
  /** `general_settings.alert_types`: what Slack is told about; null: everything. */
  readonly alertTypes: readonly string[] | null;
  /** `WEBHOOK_ALLOW_PRIVATE_NETWORK`: whether webhooks may go to addresses that are not public. */
  readonly allowsPrivateTargets: boolean;
}
