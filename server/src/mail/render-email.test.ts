import { describe, expect, test } from 'vitest';
import { emailTemplates } from '../email-templates.ts';
import { cleanSignature, signatureText } from './clean-signature.ts';
import type { EmailLook } from './email-look.ts';
import type { EmailTemplate } from './email-template.ts';
import { mailable, parseSender } from './mail-address.ts';
import type { DataOf } from './mail-data.ts';
import { type MailEvent, mailEvents } from './mail-events.contract.ts';
import { renderEmail } from './render-email.ts';

const baseUrl = 'https://llm.acme.io/gateway';
const look: EmailLook = {
  baseUrl,
  logoUrl: 'https://acme.io/logo.png?a=1&b="2"',
  supportContact: 'help@acme.io',
  signature: 'Acme <b>AI</b> team<br><a href="https://acme.io/?a=1&b=2" onclick="alert(1)">acme.io</a>',
};
const hostile = `<img src=x onerror=alert(1)>"'&\r\nBcc: a@b.c\u2028\u202e</td></table><script>`;

/** The data with every text in it replaced, at any depth. */
function withHostileTexts(value: unknown): unknown {
  if (typeof value === 'string') return /^https?:|^(link|set-up|reset|key|UTC)$/.test(value) ? value : hostile;
  if (Array.isArray(value)) return value.map(withHostileTexts);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withHostileTexts(field)]));
}

function render<Event extends MailEvent>(event: Event, change: (data: unknown) => unknown = (data) => data) {
  const template: EmailTemplate<Event> = emailTemplates[event];
  const data = change(template.sample(baseUrl)) as DataOf<Event>;
  return { template, data, ...renderEmail(template.subject(data), template.body(data), look, null) };
}

describe.each(mailEvents)('The mail "%s"', (event) => {
  test('says the same in both versions, within what mail programs show', () => {
    const { html, text, subject } = render(event);
    expect(subject.length).toBeGreaterThan(10);
    expect(subject.length).toBeLessThan(90);
    expect(Buffer.byteLength(html)).toBeLessThan(50_000);
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, url = '']) => url.replaceAll('&amp;', '&'));
    const written = links.filter((url) => url.startsWith(baseUrl));
    expect(written.length).toBeGreaterThan(0);
    for (const url of written) expect(text).toContain(url);
    const words = html
      .replaceAll(/<style>.*?<\/style>|<title>.*?<\/title>|<div style="display:none.*?<\/div>/gs, '')
      .replaceAll(/<[^>]+>/g, '\n')
      .replaceAll(/&#39;/g, "'")
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.length > 20 && !/^(http|Or open this address)/.test(line) && !line.includes('&'));
    for (const sentence of words) expect(text.replaceAll(/\s+/g, ' ')).toContain(sentence.replaceAll(/\s+/g, ' '));
    expect(text).not.toMatch(/undefined|null|NaN|\[object|<[a-z]/);
  });

  test('is made of tables that every mail program knows, with dark colours for those that can', () => {
    const { html } = render(event);
    for (const tag of ['table', 'tr', 'td', 'a', 'p', 'h1']) {
      const opened = html.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0;
      expect(html.match(new RegExp(`</${tag}>`, 'g'))?.length ?? 0, tag).toBe(opened);
    }
    expect(html).not.toMatch(/flex|grid|<script|<link|@import|javascript:|<form/);
    expect(html).toContain('@media (prefers-color-scheme:dark)');
    expect(html).toContain('<meta name="color-scheme" content="light dark">');
    // Whatever has a colour by day has the class that gives it one by night.
    for (const [tag] of html.matchAll(/<(?:td|p|h1|a|span|div|body|table)\b[^>]*(?:background-)?color:#[^>]*>/g)) {
      if (tag.includes('href="https://acme.io') || tag.includes('mailto:')) continue;
      expect(tag).toMatch(/class="/);
    }
  });

  test('takes no name for HTML, for another header or for another sentence', () => {
    const { html, subject, text } = render(event, withHostileTexts);
    expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    expect(html).not.toContain('<img src=x');
    expect(html).not.toContain('<script');
    expect(html.match(/<\/table>/g)?.length).toBe(html.match(/<table/g)?.length);
    for (const line of text.split('\n')) expect(line).not.toMatch(/^Bcc:/);
  });

  test('is told to programs under LiteLLM’s names, without anything that gives access', () => {
    const { template, data } = render(event);
    const announcement = template.announcement(data);
    if (announcement === null) return;
    const text = JSON.stringify(announcement);
    expect(text).not.toContain('onboarding');
    expect(text).not.toMatch(/"sk-[A-Za-z0-9]/);
    expect(announcement.event).toMatch(/^[a-z_]+$/);
    expect(announcement.event_message).not.toMatch(/undefined|null|NaN|\[object/);
  });
});

test('a secret of a key stands in a mail only when it is handed over', () => {
  expect(render('Virtual Key Created').text).toContain('For security the key itself does not stand in this mail.');
  const shown = render('Virtual Key Created', (data) => ({ ...(data as object), secret: 'sk-the-secret' }));
  expect(shown.text).toContain('sk-the-secret');
  expect(JSON.stringify(shown.template.announcement(shown.data))).not.toContain('sk-the-secret');
});

test('the look of an operator is on every mail: logo, footer, support; and no more of it than words and links', () => {
  const { html, text } = render('Test Mail');
  expect(html).toContain('src="https://acme.io/logo.png?a=1&amp;b=&quot;2&quot;"');
  expect(html).toContain('href="mailto:help@acme.io"');
  expect(html).toContain('Acme <b>AI</b> team<br><a href="https://acme.io/?a=1&amp;b=2"');
  expect(html).not.toContain('onclick');
  expect(text).toContain('Acme AI team\nacme.io');
  expect(text).toContain('Questions? help@acme.io');
});

test('an operator’s subject may hold the usual one; it stays one line and is not too long', () => {
  const body = { preview: '', heading: 'x', blocks: [] };
  const subjectOf = (wanted: string | null, usual = 'Ann invited you') =>
    renderEmail(usual, body, look, wanted).subject;
  expect(subjectOf(null)).toBe('Ann invited you');
  expect(subjectOf('[Acme] {event_message}')).toBe('[Acme] Ann invited you');
  expect(subjectOf('[Acme] {event_message}', 'cost: $&')).toBe('[Acme] cost: $&');
  expect(subjectOf('Hello\r\nBcc: a@b.c')).toBe('Hello Bcc: a@b.c');
  expect([...subjectOf(null, '😀'.repeat(300))]).toHaveLength(180);
});

test.each([
  ['plain', 'plain'],
  ['<b>bold</b>', '<b>bold</b>'],
  ['<b>open', '<b>open</b>'],
  ['</b>closed', 'closed'],
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
  ['<p style="position:fixed" onclick=alert(1)>x</p>', '<p>x</p>'],
  ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
  [
    "<a href='https://a.b/\"onmouseover=alert(1)'>x</a>",
    '<a href="https://a.b/%22onmouseover=alert(1)" style="S">x</a>',
  ],
  ['<a href="mailto:a@b.c">x</a>', '<a href="mailto:a@b.c" style="S">x</a>'],
  ['1 < 2 & 3 > 2 &copy;', '1 &lt; 2 & 3 &gt; 2 &copy;'],
  ['<<b>x</b>', '&lt;<b>x</b>'],
  ['</td></table>', '&lt;/td&gt;&lt;/table&gt;'],
])('the footer %j becomes %j', (html, cleaned) => {
  expect(cleanSignature(html, 'S')).toBe(cleaned);
});

test('the footer as text has its lines and no tags', () => {
  expect(signatureText('<p>One</p><p>Two &amp; &lt;three&gt;</p>')).toBe('One\nTwo & <three>');
});

test.each([
  ['ann@acme.io', 'ann@acme.io'],
  ['  Ann.O_Neil+x@Mail.Acme.io ', 'Ann.O_Neil+x@mail.acme.io'],
  ['jürgen@bücher.example', 'jürgen@xn--bcher-kva.example'],
  ["o'neil@localhost", "o'neil@localhost"],
  ['a@b.c, d@e.f', null],
  ['a,b@c.d', null],
  ['a@b.c\r\nBcc: x@y.z', null],
  ['Ann <a@b.c>', null],
  ['"a b"@c.d', null],
  ['a@@b.c', null],
  ['a@b..c', null],
  ['a@-b.c', null],
  ['.a@b.c', null],
  ['a@b.c;d', null],
  [`${'a'.repeat(65)}@b.c`, null],
  ['', null],
  [null, null],
])('mail to %j goes to %j', (text, address) => {
  expect(mailable(text)).toBe(address);
});

test.each([
  ['gateway@acme.io', { name: 'Latchkey', address: 'gateway@acme.io' }],
  ['Acme "AI", Inc. <gateway@acme.io>', { name: 'Acme AI, Inc.', address: 'gateway@acme.io' }],
  ['Acme\r\nBcc: x@y.z <gateway@acme.io>', { name: 'Acme Bcc: x@y.z', address: 'gateway@acme.io' }],
  ['<gateway@acme.io>', { name: 'Latchkey', address: 'gateway@acme.io' }],
  ['Acme <a@b.c>, <d@e.f>', null],
  ['Acme', null],
])('the sender %j is read as %j', (text, sender) => {
  expect(parseSender(text)).toEqual(sender);
});
