import { signatureText } from './clean-signature.ts';
import type { EmailLook } from './email-look.ts';
import type { Block, EmailBody } from './email-template.ts';
import { oneLine } from './escape-html.ts';

/** A mail as plain text: all that the HTML says. */
export function layOutText(body: EmailBody, look: EmailLook): string {
  const parts = [oneLine(body.heading), ...body.blocks.map(block)];
  return `${parts.join('\n\n')}\n\n-- \n${footer(look).join('\n')}\n`;
}

function block(part: Block): string {
  switch (part.kind) {
    case 'text':
    case 'note':
      return oneLine(part.text);
    case 'button':
      return `${oneLine(part.label)}:\n${oneLine(part.url)}`;
    case 'facts': {
      const width = Math.max(...part.facts.map(([name]) => name.length)) + 2;
      return part.facts.map(([name, value]) => `${`${name}:`.padEnd(width)}${oneLine(value)}`).join('\n');
    }
    case 'code':
      return `    ${oneLine(part.text)}`;
    case 'meter': {
      const used = Math.max(0, Math.min(20, Math.round(part.percent / 5)));
      return `[${'#'.repeat(used)}${'-'.repeat(20 - used)}] ${Math.floor(part.percent)} %`;
    }
  }
}

function footer({ baseUrl, supportContact, signature }: EmailLook): string[] {
  return [
    ...(signature === null ? [] : [signatureText(signature)]),
    ...(supportContact === null ? [] : [`Questions? ${oneLine(supportContact)}`]),
    baseUrl === null ? 'Sent by Latchkey' : `Sent by Latchkey at ${baseUrl}/ui/`,
  ];
}
