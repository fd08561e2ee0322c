import { cleanSignature } from './clean-signature.ts';
import type { EmailLook } from './email-look.ts';
import type { Block, EmailBody } from './email-template.ts';
import { escapeHtml } from './escape-html.ts';

/*
 * Mail programs know no stylesheet, no flexbox and often not even padding of a link: so tables, inline styles and
 * widths in attributes. The one `<style>` holds what can be left out: dark colours, and less padding on telephones.
 */

const sans = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const mono = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Courier New',monospace";

/** The console's colours, "paper and ink": each class by day and by night. */
const palette = {
  canvas: { property: 'background-color', day: '#fafaf7', night: '#0f1110' },
  card: { property: 'background-color', day: '#ffffff', night: '#151817' },
  sunken: { property: 'background-color', day: '#f2f2ee', night: '#0b0d0c' },
  button: { property: 'background-color', day: '#1a1b19', night: '#eceeeb' },
  'button-text': { property: 'color', day: '#ffffff', night: '#0f1110' },
  ink: { property: 'color', day: '#1a1b19', night: '#eceeeb' },
  soft: { property: 'color', day: '#4e514c', night: '#b4b9b5' },
  faint: { property: 'color', day: '#676a64', night: '#8e958f' },
  link: { property: 'color', day: '#026789', night: '#69c4ee' },
  edge: { property: 'border-color', day: '#e3e3dd', night: '#282d2a' },
  used: { property: 'background-color', day: '#8a5a00', night: '#edb84f' },
  over: { property: 'background-color', day: '#b3261e', night: '#ff9088' },
} as const;

type Colour = keyof typeof palette;

const day = (colour: Colour) => palette[colour].day;

const nightRules = (prefix: string) =>
  Object.entries(palette)
    .map(([name, { property, night }]) => `${prefix}.${name}{${property}:${night}!important}`)
    .join('');

const style = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){${nightRules('')}}
${nightRules('[data-ogsc] ')}
@media (max-width:600px){.inner{padding:28px 22px!important}}`;

/** A mail as HTML. @param title the subject. */
export function layOutHtml(title: string, body: EmailBody, look: EmailLook): string {
  return `<!doctype html>
<html lang="en" xmlns:o="urn:schemas-microsoft-com:office:office">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>${escapeHtml(title)}</title>
<!--[if mso]><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->
<style>${style}</style>
</head>
<body class="canvas" style="margin:0;padding:0;background-color:${day('canvas')};-webkit-text-size-adjust:100%">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${escapeHtml(body.preview)}${'&#8199;&#847; '.repeat(40)}</div>
<table role="presentation" class="canvas" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="${day('canvas')}" style="background-color:${day('canvas')}">
<tr><td align="center" style="padding:32px 12px">
<!--[if mso]><table role="presentation" width="560" cellpadding="0" cellspacing="0" border="0"><tr><td><![endif]-->
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;text-align:left">
<tr><td style="padding:0 4px 18px">${brand(look)}</td></tr>
<tr><td class="card edge inner" bgcolor="${day('card')}" style="background-color:${day('card')};border:1px solid ${day('edge')};border-radius:6px;padding:36px 40px">
<h1 class="ink" style="margin:0 0 16px;font:600 22px/30px ${sans};color:${day('ink')}">${escapeHtml(body.heading)}</h1>
${body.blocks.map((part, at) => block(part, at === body.blocks.length - 1 ? 0 : 1)).join('\n')}
</td></tr>
<tr><td style="padding:20px 4px 0">${footer(look)}</td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
</td></tr>
</table>
</body>
</html>
`;
}

function brand({ logoUrl }: EmailLook): string {
  if (logoUrl !== null) {
    return `<img src="${escapeHtml(logoUrl)}" alt="Latchkey" height="28" style="display:block;height:28px;width:auto;max-width:220px;border:0;font:600 17px/28px ${sans};color:${day('ink')}">`;
  }
  return `<span class="ink" style="font:600 17px/28px ${sans};letter-spacing:-0.2px;color:${day('ink')}">Latchkey</span>`;
}

/** @param space below the part: 1, or 0 below the last one, where the card ends. */
function block(part: Block, space: 0 | 1): string {
  switch (part.kind) {
    case 'text':
      return `<p class="soft" style="margin:0 0 ${space * 18}px;font:400 15px/24px ${sans};color:${day('soft')}">${escapeHtml(part.text)}</p>`;
    case 'note':
      return `<p class="faint" style="margin:18px 0 0;font:400 13px/20px ${sans};color:${day('faint')}">${escapeHtml(part.text)}</p>`;
    case 'button':
      return button(part.label, part.url, space);
    case 'facts':
      return facts(part.facts, space);
    case 'code':
      return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 ${space * 18}px"><tr><td class="sunken ink" bgcolor="${day('sunken')}" style="background-color:${day('sunken')};border-radius:4px;padding:12px 14px;font:400 14px/20px ${mono};color:${day('ink')};word-break:break-all">${escapeHtml(part.text)}</td></tr></table>`;
    case 'meter':
      return meter(part.percent, part.isOver, space);
  }
}

function button(label: string, url: string, space: 0 | 1): string {
  const address = escapeHtml(url);
  return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:6px 0 18px"><tr><td class="button" bgcolor="${day('button')}" style="background-color:${day('button')};border-radius:4px;mso-padding-alt:11px 22px"><a class="button-text" href="${address}" style="display:inline-block;padding:11px 22px;font:600 15px/20px ${sans};color:${day('button-text')};text-decoration:none">${escapeHtml(label)}</a></td></tr></table>
<p class="faint" style="margin:0 0 ${space * 18}px;font:400 13px/20px ${sans};color:${day('faint')}">Or open this address:<br><a class="link" href="${address}" style="color:${day('link')};word-break:break-all">${address}</a></p>`;
}

function facts(rows: readonly (readonly [string, string])[], space: 0 | 1): string {
  const cells = rows.map(
    ([name, value]) =>
      `<tr><td class="faint edge" width="1%" valign="top" style="border-top:1px solid ${day('edge')};padding:9px 24px 9px 0;font:400 14px/20px ${sans};color:${day('faint')};white-space:nowrap">${escapeHtml(name)}</td><td class="ink edge" valign="top" style="border-top:1px solid ${day('edge')};padding:9px 0;font:400 14px/20px ${sans};color:${day('ink')};word-break:break-word">${escapeHtml(value)}</td></tr>`,
  );
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 ${space * 22}px">${cells.join('')}</table>`;
}

function meter(percent: number, isOver: boolean, space: 0 | 1): string {
  const used = Math.max(1, Math.min(100, Math.round(percent)));
  const colour: Colour = isOver ? 'over' : 'used';
  const rest =
    used === 100
      ? ''
      : `<td class="sunken" bgcolor="${day('sunken')}" height="8" style="background-color:${day('sunken')};font-size:0;line-height:8px">&nbsp;</td>`;
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:2px 0 ${space * 18}px"><tr><td><table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td class="${colour}" width="${used}%" bgcolor="${day(colour)}" height="8" style="background-color:${day(colour)};font-size:0;line-height:8px">&nbsp;</td>${rest}</tr></table></td><td class="soft" width="1%" style="padding-left:14px;font:400 14px/20px ${sans};color:${day('soft')};white-space:nowrap">${Math.floor(percent)} %</td></tr></table>`;
}

function footer({ baseUrl, supportContact, signature }: EmailLook): string {
  const link = `color:${day('link')}`;
  const lines: string[] = [];
  if (signature !== null) lines.push(cleanSignature(signature, link));
  if (supportContact !== null) {
    const target = contactAddress(supportContact);
    const shown = escapeHtml(supportContact);
    lines.push(
      `Questions? ${target === null ? shown : `<a class="link" href="${escapeHtml(target)}" style="${link}">${shown}</a>`}`,
    );
  }
  if (baseUrl !== null) {
    const address = escapeHtml(baseUrl);
    lines.push(
      `Sent by Latchkey at <a class="link" href="${address}/ui/" style="${link}">${escapeHtml(hostOf(baseUrl))}</a>`,
    );
  } else lines.push('Sent by Latchkey');
  return lines
    .map(
      (line) =>
        `<div class="faint" style="margin:0 0 6px;font:400 13px/20px ${sans};color:${day('faint')}">${line}</div>`,
    )
    .join('\n');
}

/** Where a contact leads: an https address, a mail address, or nowhere. */
export function contactAddress(contact: string): string | null {
  if (/^https?:\/\//i.test(contact)) return URL.parse(contact)?.href ?? null;
  return /^[^\s@<>"]+@[^\s@<>"]+$/.test(contact) ? `mailto:${contact}` : null;
}

function hostOf(address: string): string {
  return URL.parse(address)?.host ?? address;
}
