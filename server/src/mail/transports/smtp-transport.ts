import { createTransport } from 'nodemailer';
import { oneLine } from '../escape-html.ts';
import type { TransportSetup } from '../mail-setup.ts';
import { automaticHeaders, type Delivery, type MailTransport, messageIdHeader } from './transport.ts';

const connectMs = 10_000;
const silenceMs = 30_000;

/** Sends by SMTP; one connection for all that is sent until it is closed. */
export function openSmtpTransport(setup: Extract<TransportSetup, { kind: 'smtp' }>): MailTransport {
  const transport = createTransport({
    host: setup.host,
    port: setup.port,
    pool: true,
    maxConnections: 1,
    secure: setup.encryption === 'implicit',
    requireTLS: setup.encryption === 'starttls',
    ignoreTLS: setup.encryption === 'none',
    ...(setup.login === null ? {} : { auth: { user: setup.login.username, pass: setup.login.password } }),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    dnsTimeout: connectMs,
    socketTimeout: silenceMs,
    // No content comes from outside: neither files of this machine nor addresses are read for a mail.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(email) {
      try {
        await transport.sendMail({
          from: { name: email.from.name ?? '', address: email.from.address },
          to: { name: '', address: email.to },
          envelope: { from: email.from.address, to: [email.to] },
          messageId: messageIdHeader(email),
          date: new Date(email.createdAt),
          subject: email.subject,
          html: email.html,
          text: email.text,
          headers: automaticHeaders,
        });
        return { kind: 'delivered' };
      } catch (error) {
        return deliveryOf(error);
      }
    },
    close: () => transport.close(),
  };
}

/** What a failure means for this mail and the ones behind it. */
function deliveryOf(error: unknown): Delivery {
  const { code, command, responseCode, message } = error as Partial<
    Record<'code' | 'command' | 'message', string> & { responseCode: number }
  >;
  const reason =
    `${responseCode === undefined ? (code ?? 'error') : `SMTP ${responseCode}`}: ${oneLine(message ?? String(error))}`.slice(
      0,
      500,
    );
  // 421: the server closes; 530 to 535: it wants a login, or another one.
  const isAboutUs = responseCode === undefined || responseCode === 421 || (responseCode >= 530 && responseCode <= 538);
  if (isAboutUs || command === 'MAIL FROM' || code === 'EAUTH' || code === 'ETLS')
    return { kind: 'unavailable', reason };
  return { kind: responseCode >= 500 ? 'refused' : 'postponed', reason };
}
