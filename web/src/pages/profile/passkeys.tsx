import { beginPasskey, finishPasskey, removePasskey } from '@latchkey/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type InputOf } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { showToast } from '../../components/show-toast.ts';
import { RelativeTime } from '../../components/time.tsx';
import { canUsePasskeys } from '../../session/use-sign-in.ts';
import { PasswordDialog } from './password-dialog.tsx';
import { type SecondFactors, secondFactorsQuery } from './second-factors-query.ts';

type Passkey = SecondFactors['passkeys'][number];

/** The passkeys of the person: what signs in without a password. */
export function Passkeys({ factors }: { factors: SecondFactors }) {
  const queryClient = useQueryClient();
  const [step, setStep] = useState<'add' | Passkey | null>(null);
  const close = () => setStep(null);
  const refresh = () => queryClient.invalidateQueries(secondFactorsQuery);
  return (
    <div className="flex flex-col gap-3">
      {factors.passkeys.length > 0 && (
        <ul className="border-line border-t">
          {factors.passkeys.map((passkey) => (
            <li
              key={passkey.passkey_id}
              className="flex items-center justify-between gap-4 border-line border-b py-2 min-h-10"
            >
              <span className="min-w-0">
                <span className="block truncate font-medium">{passkey.name}</span>
                <span className="text-ink-3 text-meta">
                  {passkey.last_used_at === null ? (
                    'Never used'
                  ) : (
                    <>
                      Last used <RelativeTime at={passkey.last_used_at} />
                    </>
                  )}
                </span>
              </span>
              <Button size="small" aria-label={`Remove passkey ${passkey.name}`} onClick={() => setStep(passkey)}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      {canUsePasskeys ? (
        <Button className="self-start" onClick={() => setStep('add')}>
          Add a passkey
        </Button>
      ) : (
        <p className="text-ink-3 text-meta">
          Passkeys need https and a host name. Open the console by its name to add one.
        </p>
      )}
      {step === 'add' && (
        <PasswordDialog
          title="Add a passkey"
          description="Your browser asks next where to keep it: on this device, on your phone, or on a security key."
          confirmLabel="Continue"
          onClose={close}
          onConfirm={async (password) => {
            await addPasskey(password);
            await refresh();
            close();
            showToast('Passkey added');
          }}
        />
      )}
      {step !== null && step !== 'add' && (
        <PasswordDialog
          title={`Remove “${step.name}”?`}
          description="It no longer signs in. Remove it on the device too."
          confirmLabel="Remove passkey"
          tone="danger"
          onClose={close}
          onConfirm={async (password) => {
            await call(removePasskey, { passkey_id: step.passkey_id, password });
            await refresh();
            close();
            showToast('Passkey removed');
          }}
        />
      )}
    </div>
  );
}

async function addPasskey(password: string): Promise<void> {
  const { options } = await call(beginPasskey, { password });
  const { startRegistration } = await import('@simplewebauthn/browser');
  const created = await startRegistration({
    // The gateway made these for the browser; the contract passes them on as they are.
    optionsJSON: options as unknown as Parameters<typeof startRegistration>[0]['optionsJSON'],
  }).catch((problem: unknown) => {
    if (problem instanceof Error && problem.name === 'NotAllowedError') {
      throw new Error('The browser created no passkey. Try again.');
    }
    if (problem instanceof Error && problem.name === 'InvalidStateError') {
      throw new Error('This device has a passkey for your account already.');
    }
    throw problem;
  });
  const { clientDataJSON, attestationObject, transports } = created.response;
  const response: InputOf<typeof finishPasskey>['response'] = {
    ...{ id: created.id, rawId: created.rawId, type: created.type, clientExtensionResults: {} },
    response: { clientDataJSON, attestationObject, ...(transports === undefined ? {} : { transports }) },
  };
  await call(finishPasskey, { name: nameOfDevice(), response });
}

/** A name to tell passkeys apart by: the system and the day. */
function nameOfDevice(): string {
  const { userAgent } = navigator;
  const system =
    ['iPhone', 'iPad', 'Android', 'Windows', 'Mac', 'Linux'].find((name) => userAgent.includes(name)) ?? 'Device';
  return `${system}, ${new Date().toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })}`;
}
