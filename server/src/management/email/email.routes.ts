import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import * as contract from './email.contract.ts';
import { getEventSettings, resetEventSettings, updateEventSettings } from './event-settings.ts';
import { getEmailSettings } from './get-email-settings.ts';
import { listOutbox } from './list-outbox.ts';
import { previewEmail } from './preview-email.ts';
import { checkService, sendTestEmail } from './send-test.ts';
import { updateEmailSettings } from './update-email-settings.ts';

/** The endpoints about mail, Slack and webhooks. */
export function emailRoutes(parts: Parts): Route[] {
  return [
    implement(contract.getEmailEventSettings, () => getEventSettings(parts)),
    implement(contract.updateEmailEventSettings, (call, input) => updateEventSettings(parts, call, input)),
    implement(contract.resetEmailEventSettings, (call) => resetEventSettings(parts, call)),
    implement(contract.getEmailSettings, () => getEmailSettings(parts)),
    implement(contract.updateEmailSettings, (call, input) => updateEmailSettings(parts, call, input)),
    implement(contract.sendTestEmail, (call, input) => sendTestEmail(parts, call, input.to || null)),
    implement(contract.checkService, (call, input) => checkService(parts, call, input.service)),
    implement(contract.previewEmail, (call, input) => previewEmail(parts, call, input.event)),
    implement(contract.listOutbox, (_call, input) => listOutbox(parts, input)),
  ];
}
