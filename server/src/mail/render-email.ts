import type { EmailLook } from './email-look.ts';
import type { EmailBody } from './email-template.ts';
import { oneLine } from './escape-html.ts';
import { layOutHtml } from './lay-out-html.ts';
import { layOutText } from './lay-out-text.ts';

/** A mail as it is sent. */
export interface RenderedEmail {
  /** One line. */
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Longer subjects are cut: names of keys and teams can be as long as their makers like. */
const subjectLength = 180;

/**
 * Puts a mail together.
 * @param subject the template's own.
 * @param wanted an operator's subject, which may hold `{event_message}` for the template's own; null: none.
 */
export function renderEmail(subject: string, body: EmailBody, look: EmailLook, wanted: string | null): RenderedEmail {
  const whole = oneLine(wanted === null ? subject : wanted.replaceAll('{event_message}', () => subject));
  const characters = [...whole];
  const shown =
    characters.length > subjectLength
      ? `${characters
          .slice(0, subjectLength - 1)
          .join('')
          .trimEnd()}…`
      : whole;
  return { subject: shown, html: layOutHtml(shown, body, look), text: layOutText(body, look) };
}
