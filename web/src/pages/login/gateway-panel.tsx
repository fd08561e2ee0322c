import type { ReactNode } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { Status } from '../../components/status.tsx';

/** What stands beside the form: which gateway this is, and whether it answers. Written on ruled paper, line by line. */
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
      className="relative hidden border-line border-l bg-[linear-gradient(to_top,var(--line)_1px,transparent_1px)] bg-[position:bottom_left] bg-[size:100%_40px] bg-sunken before:absolute before:inset-y-0 before:left-10 before:w-[5px] before:border-line before:border-x min-[900px]:block"
    >
      <div className="relative flex h-full flex-col justify-end pr-8 pb-20 pl-18">
        <p className="mb-10 text-hero leading-10">
          One address
          <br />
          for every model.
        </p>
        <dl>
          <Fact name="Base URL">
            <code translate="no" className="truncate">
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
    <div className="flex h-10 items-center gap-4">
      <dt className="w-20 shrink-0 text-ink-3 text-meta">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1">{children}</dd>
    </div>
  );
}
