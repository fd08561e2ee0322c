import type { TransportSetup } from './mail-setup.ts';
import { openResendTransport, openSendgridTransport } from './transports/http-transports.ts';
import { openSmtpTransport } from './transports/smtp-transport.ts';
import type { MailTransport } from './transports/transport.ts';

/** Opens what mail is sent with. */
export function openTransport(setup: TransportSetup): MailTransport {
  switch (setup.kind) {
    case 'smtp':
      return openSmtpTransport(setup);
    case 'resend':
      return openResendTransport({ ...setup, kind: 'resend' });
    case 'sendgrid':
      return openSendgridTransport({ ...setup, kind: 'sendgrid' });
  }
}
