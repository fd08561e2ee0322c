import { beginTotp, removeTotp, renewRecoveryCodes } from '@latchkey/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type ResultOf } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { showToast } from '../../components/show-toast.ts';
import { Status } from '../../components/status.tsx';
import { PasswordDialog } from './password-dialog.tsx';
import { RecoveryCodesDialog } from './recovery-codes-dialog.tsx';
import { ScanDialog } from './scan-dialog.tsx';
import { type SecondFactors, secondFactorsQuery } from './second-factors-query.ts';

type Step =
  | { name: 'begin' | 'remove' | 'renew' }
  | { name: 'scan'; secret: ResultOf<typeof beginTotp> }
  | { name: 'codes'; codes: readonly string[] };

/** The code of an app in addition to the password: set it up, take it away, renew the recovery codes. */
export function AuthenticatorApp({ factors }: { factors: SecondFactors }) {
  const queryClient = useQueryClient();
  const [step, setStep] = useState<Step | null>(null);
  const close = () => setStep(null);
  const refresh = () => queryClient.invalidateQueries(secondFactorsQuery);
  return (
    <div className="flex flex-col gap-3">
      {factors.totp_enabled ? (
        <>
          <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <Status>On</Status>
            <span className={factors.recovery_codes_left < 3 ? 'text-warning' : 'text-ink-2'}>
              {factors.recovery_codes_left === 1
                ? '1 recovery code left'
                : `${factors.recovery_codes_left} recovery codes left`}
            </span>
          </p>
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => setStep({ name: 'renew' })}>New recovery codes</Button>
            <Button variant="danger" onClick={() => setStep({ name: 'remove' })}>
              Turn off
            </Button>
          </div>
        </>
      ) : (
        <>
          <p className="text-ink-2">Off. Whoever knows your password gets in.</p>
          <Button className="self-start" onClick={() => setStep({ name: 'begin' })}>
            Set up an authenticator app
          </Button>
        </>
      )}
      {step?.name === 'begin' && (
        <PasswordDialog
          title="Set up an authenticator app"
          description="First, is it you?"
          confirmLabel="Continue"
          onClose={close}
          onConfirm={async (password) => setStep({ name: 'scan', secret: await call(beginTotp, { password }) })}
        />
      )}
      {step?.name === 'scan' && (
        <ScanDialog
          secret={step.secret}
          onClose={close}
          onConfirmed={(codes) => {
            void refresh();
            setStep({ name: 'codes', codes });
          }}
        />
      )}
      {step?.name === 'codes' && <RecoveryCodesDialog codes={step.codes} onClose={close} />}
      {step?.name === 'renew' && (
        <PasswordDialog
          title="New recovery codes"
          description="The old ones stop working."
          confirmLabel="Make new codes"
          onClose={close}
          onConfirm={async (password) => {
            const { recovery_codes: codes } = await call(renewRecoveryCodes, { password });
            void refresh();
            setStep({ name: 'codes', codes });
          }}
        />
      )}
      {step?.name === 'remove' && (
        <PasswordDialog
          title="Turn the authenticator app off?"
          description="From then on the password alone opens your account. The recovery codes stop working too."
          confirmLabel="Turn off"
          tone="danger"
          onClose={close}
          onConfirm={async (password) => {
            await call(removeTotp, { password });
            await refresh();
            close();
            showToast('Authenticator app turned off');
          }}
        />
      )}
    </div>
  );
}
