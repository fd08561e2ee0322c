import { forgotPassword } from '@latchkey/server/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ApiFailure } from '../../api/api-failure.ts';
import { call } from '../../api/call.ts';
import { Button, buttonClass } from '../../components/button.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { QuietPage } from './quiet-page.tsx';

/** `/ui/forgot-password`: asks for the address, and says the same whether an account has it or not. */
export function ForgotPasswordPage() {
  const [email, setEmail] = useState('');
  const request = useMutation({ mutationFn: () => call(forgotPassword, { user_email: email.trim() }) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    request.mutate();
  };
  if (request.isSuccess) {
    return (
      <QuietPage title="Look at your mail">
        <p role="status" className="text-ink-2">
          If an account exists for <strong className="font-medium text-ink">{email.trim()}</strong>, we sent a link. It
          works for 30 minutes.
        </p>
        <p className="text-ink-3 text-meta">Nothing there? Look into the spam folder, or ask your admin for a link.</p>
        <BackToSignIn />
      </QuietPage>
    );
  }
  const cannotMail = request.error instanceof ApiFailure && request.error.param === 'email_not_configured';
  if (cannotMail) {
    return (
      <QuietPage title="Ask an admin for a link">
        <p role="alert" className="text-ink-2">
          This gateway can’t send e-mail. An admin can give you a link with which you choose a new password.
        </p>
        <BackToSignIn />
      </QuietPage>
    );
  }
  return (
    <QuietPage title="Forgot your password?">
      <p className="text-ink-2">We send you a link with which you choose a new one.</p>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label="Email" required error={request.error?.message}>
          <TextInput
            name="email"
            type="email"
            autoComplete="username"
            required
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
        </Field>
        <Button type="submit" variant="primary" busy={request.isPending}>
          Send the link
        </Button>
        <BackToSignIn />
      </form>
    </QuietPage>
  );
}

function BackToSignIn() {
  return (
    <Link to="/login" className={buttonClass('ghost')}>
      Back to sign in
    </Link>
  );
}
