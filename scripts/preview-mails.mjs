/**
 * `npm run mail:preview`: writes every mail that the gateway sends, with made-up data, as pages to look at in a
 * browser. `npm run mail:preview -- <folder>` chooses where.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { emailTemplates } from '../server/src/email-templates.ts';
import { escapeHtml } from '../server/src/mail/escape-html.ts';
import { renderEmail } from '../server/src/mail/render-email.ts';

const baseUrl = 'https://llm.example.com';
const folder = resolve(process.argv[2] ?? join(tmpdir(), 'latchkey-mails'));
const look = { baseUrl, logoUrl: null, supportContact: 'help@example.com', signature: null };

mkdirSync(folder, { recursive: true });
const rows = [];
for (const { event, sample, subject, body } of Object.values(emailTemplates)) {
  // Each template's data fits its own functions; here they are walked through without knowing which is which.
  const data = /** @type {never} */ (sample(baseUrl));
  const mail = renderEmail(subject(data), body(data), look, null);
  const name = event.toLowerCase().replaceAll(' ', '-');
  writeFileSync(join(folder, `${name}.html`), mail.html);
  writeFileSync(join(folder, `${name}.txt`), mail.text);
  rows.push(
    `<li><a href="${name}.html">${escapeHtml(event)}</a> (<a href="${name}.txt">text</a>): ${escapeHtml(mail.subject)}</li>`,
  );
}
const index = join(folder, 'index.html');
writeFileSync(
  index,
  `<!doctype html><meta charset="utf-8"><title>Mails of Latchkey</title><ul>${rows.join('\n')}</ul>\n`,
);
console.log(`${rows.length} mails, each as HTML and as text: ${index}`);
