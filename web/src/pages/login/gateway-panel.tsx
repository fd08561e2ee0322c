import type { ReactNode } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { Status } from '../../components/status.tsx';

/** What stands beside the form: which gateway this is, and whether it answers. */
export function GatewayPanel({
  address,
  reachable,
}: {
  address: string /** undefined while asking. */;
  reachable: boolean | undefined;
}) {
  const baseUrl = `${address.replace(/\/+$/, '')}/v1`;
  return (
    <aside
      aria-label="This gateway"
      className="relative hidden overflow-hidden border-line border-l bg-sunken min-[900px]:block"
    >
      <LedgerLines />
      <div className="relative flex h-full max-w-[560px] flex-col justify-end gap-6 px-16 py-16">
        <p className="max-w-[18ch] text-hero">One address for every model.</p>
        <dl className="flex flex-col bg-sunken">
          <Fact name="Base URL">
            <code translate="no" className="[overflow-wrap:anywhere]">
              {baseUrl}
            </code>
            <CopyButton value={baseUrl} label="Copy base URL" size="icon" />
          </Fact>
          <Fact name="Speaks">The OpenAI API, with the client you already have</Fact>
          <Fact name="Status">
            {reachable === undefined ? (
              <Status tone="quiet">Asking</Status>
            ) : reachable ? (
              <Status>Answering</Status>
            ) : (
              <Status tone="danger">Not answering</Status>
            )}
          </Fact>
        </dl>
      </div>
    </aside>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-10 items-center gap-4 border-line border-t last:border-b">
      <dt className="w-24 shrink-0 text-head text-ink-3">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1">{children}</dd>
    </div>
  );
}

/** Ruled paper with a margin, like a page of a ledger that nobody has written on yet. */
function LedgerLines() {
  return (
    <svg aria-hidden className="absolute inset-0 size-full text-line">
      <defs>
        <pattern id="ledger" width="40" height="40" patternUnits="userSpaceOnUse">
          <path d="M0 39.5h40" stroke="currentColor" />
        </pattern>
      </defs>
      <rect width="100%" height="100%" fill="url(#ledger)" />
      <path d="M40.5 0v4000M44.5 0v4000" stroke="currentColor" />
    </svg>
  );
}
