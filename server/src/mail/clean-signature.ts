import { escapeHtml } from './escape-html.ts';

const plainTags = new Set(['b', 'strong', 'i', 'em', 'u', 'p', 'br', 'span', 'small']);

/**
 * The footer that an operator wrote (`EMAIL_SIGNATURE`, HTML), reduced to words, emphasis and links: everything else
 * that could stand in HTML is shown as it was written and does nothing.
 * @param linkStyle inline style of the links.
 */
export function cleanSignature(html: string, linkStyle: string): string {
  const open: string[] = [];
  const cleaned = html.replaceAll(/<(\/?)([a-z]+)([^<>]*)>|[&<>"']|[^&<>"']+/gi, (part, slash, name, attributes) => {
    if (typeof name !== 'string') return part === '&' ? '&' : escapeHtml(part);
    const tag = name.toLowerCase();
    if (tag !== 'a' && !plainTags.has(tag)) return escapeHtml(part);
    if (tag === 'br') return '<br>';
    if (slash === '/') {
      if (open.at(-1) !== tag) return '';
      open.pop();
      return `</${tag}>`;
    }
    open.push(tag);
    if (tag !== 'a') return `<${tag}>`;
    const url = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(String(attributes));
    const target = addressOf(url?.[1] ?? url?.[2] ?? url?.[3] ?? '');
    return target === null ? '<a>' : `<a href="${escapeHtml(target)}" style="${linkStyle}">`;
  });
  return (
    cleaned +
    open
      .reverse()
      .map((tag) => `</${tag}>`)
      .join('')
  );
}

/** The same footer as plain text. */
export function signatureText(html: string): string {
  return html
    .replaceAll(/<br\s*\/?>|<\/p>/gi, '\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&amp;', '&')
    .trim();
}

function addressOf(text: string): string | null {
  const url = URL.parse(text.replaceAll('&amp;', '&'));
  return url && /^(https?|mailto):$/.test(url.protocol) ? url.href : null;
}
