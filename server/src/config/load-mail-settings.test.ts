import { expect, test } from 'vitest';
import { mailSettings } from './load-mail-settings.ts';

test('without anything said there is no mail, nothing is hidden from nobody, and owners hear of 80 %', () => {
  expect(mailSettings({}, {})).toEqual({
    values: {},
    resendBaseUrl: 'https://api.resend.com',
    sendgridBaseUrl: 'https://api.sendgrid.com',
    includesKeySecrets: false,
    testRecipient: null,
    budgetAlertPercent: 80,
    alerting: null,
    alertTypes: null,
    allowsPrivateTargets: false,
  });
});

test('LiteLLM’s variables, callbacks and alerting are read', () => {
  const settings = mailSettings(
    {
      litellm_settings: { callbacks: ['prometheus', 'resend_email'] },
      general_settings: { alerting: ['slack'], alert_types: ['budget_alerts'] },
    },
    {
      SMTP_HOST: 'mail.acme.io',
      SMTP_PORT: '25',
      RESEND_API_KEY: 're_1',
      EMAIL_LOGO_URL: 'https://acme.io/logo.png',
      EMAIL_SUBJECT_INVITATION: 'Hello: {event_message}',
      EMAIL_INCLUDE_API_KEY: 'True',
      EMAIL_BUDGET_ALERT_MAX_SPEND_ALERT_PERCENTAGE: '0.5',
      SENDGRID_API_BASE: 'https://api.eu.sendgrid.com/',
      WEBHOOK_ALLOW_PRIVATE_NETWORK: 'true',
      TEST_EMAIL_ADDRESS: 'ops@acme.io',
    },
  );
  expect(settings).toEqual({
    values: {
      email_transport: 'resend',
      smtp_host: 'mail.acme.io',
      smtp_port: '25',
      resend_api_key: 're_1',
      email_logo_url: 'https://acme.io/logo.png',
      email_subject_invitation: 'Hello: {event_message}',
    },
    resendBaseUrl: 'https://api.resend.com',
    sendgridBaseUrl: 'https://api.eu.sendgrid.com',
    includesKeySecrets: true,
    testRecipient: 'ops@acme.io',
    budgetAlertPercent: 50,
    alerting: ['slack'],
    alertTypes: ['budget_alerts'],
    allowsPrivateTargets: true,
  });
});

test.each([
  [{ RESEND_API_BASE: 'api.resend.com' }, /RESEND_API_BASE is 'api.resend.com', but must be an address/],
  [{ EMAIL_BUDGET_ALERT_MAX_SPEND_ALERT_PERCENTAGE: '80' }, /between 0 and 1/],
])('%j is refused at start', (environment, message) => {
  expect(() => mailSettings({}, environment)).toThrow(message);
});
