import { signOnRefusals } from '@latchkey/server/contract';

/** Why a sign-in through a provider ended without one, in words, with what to quote when asking for help. */
export function SignOnRefusal({ code, reference }: { code: string; reference: string | undefined }) {
  const words = Object.hasOwn(signOnRefusals, code) ? signOnRefusals[code as keyof typeof signOnRefusals][1] : null;
  return (
    <div role="alert" className="mb-4 border-danger border-l-2 pl-3 text-danger">
      <p>{words ?? 'Signing in with the provider failed. Try again, or ask an admin.'}</p>
      {reference !== undefined && (
        <p className="mt-1 text-meta">
          Reference <code translate="no">{reference}</code>
        </p>
      )}
    </div>
  );
}
