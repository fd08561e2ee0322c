import { ApiError } from '../../http/api-error.ts';
import { looksPublic } from '../../http/public-addresses.ts';
import { contactAddress } from '../../mail/lay-out-html.ts';
import { parseSender } from '../../mail/mail-address.ts';
import type { MailSettingName } from '../../mail/mail-settings.contract.ts';

/**
 * A setting as it is stored.
 * @throws ApiError 400 for a value that cannot be meant.
 */
export function checkMailSetting(name: MailSettingName, value: string, allowsPrivateTargets: boolean): string {
  const problem = problemOf(name, value, allowsPrivateTargets);
  if (problem === null) return value;
  throw new ApiError(400, `${name} ${problem} Nothing was changed.`, { type: 'bad_request_error', param: name });
}

function problemOf(name: MailSettingName, value: string, allowsPrivateTargets: boolean): string | null {
  if (name !== 'email_signature' && /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) return 'must be one line.';
  switch (name) {
    case 'smtp_host':
      return /^[A-Za-z0-9.:_-]+$/.test(value) ? null : 'must be the name of a mail server, such as smtp.example.com.';
    case 'smtp_sender_email':
    case 'resend_sender_email':
    case 'sendgrid_sender_email':
      return parseSender(value) ? null : 'must be gateway@example.com or Example AI <gateway@example.com>.';
    case 'email_logo_url':
      return /^https:$/.test(URL.parse(value)?.protocol ?? '') ? null : 'must be an address that begins with https://.';
    case 'email_support_contact':
      return contactAddress(value) === null ? 'must be an e-mail address or a link.' : null;
    case 'slack_webhook_url':
    case 'webhook_url':
      if (!/^https?:$/.test(URL.parse(value)?.protocol ?? ''))
        return 'must be an address such as https://hooks.example.com/….';
      return allowsPrivateTargets || looksPublic(value)
        ? null
        : 'leads into a private network. Set WEBHOOK_ALLOW_PRIVATE_NETWORK=true where the gateway is started, if it may.';
    default:
      return null;
  }
}
