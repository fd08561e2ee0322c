import type { Announcement } from './email-template.ts';
import { oneLine } from './escape-html.ts';
import type { WebhookBody } from './outgoing-content.ts';

/** The body of a webhook: every field of LiteLLM's, null where an event has nothing to say. */
export function webhookBody(announcement: Announcement): WebhookBody {
  return {
    spend: announcement.spend ?? null,
    max_budget: announcement.max_budget ?? null,
    soft_budget: announcement.soft_budget ?? null,
    token: announcement.token ?? null,
    customer_id: null,
    user_id: announcement.user_id ?? null,
    team_id: announcement.team_id ?? null,
    team_alias: announcement.team_alias ?? null,
    organization_id: announcement.organization_id ?? null,
    user_email: announcement.user_email ?? null,
    key_alias: announcement.key_alias ?? null,
    projected_exceeded_date: null,
    projected_spend: null,
    event: announcement.event,
    event_group: announcement.event_group,
    event_message: announcement.event_message,
  };
}

/**
 * What Slack is told. Its three characters are escaped: else a key named `<!channel>` would call everybody.
 * @param link of the console; null: none.
 */
export function slackText(announcement: Announcement, link: string | null): string {
  const escaped = oneLine(announcement.event_message)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
  return link === null ? escaped : `${escaped}\n<${link}|Open Latchkey>`;
}
