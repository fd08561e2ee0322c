import type { ReactNode } from 'react';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { describeWindow } from '../../components/describe-window.ts';
import { Section } from '../../components/page.tsx';
import { AbsoluteTime, RelativeTime } from '../../components/time.tsx';
import { formatCount, formatUsd } from '../../format/index.ts';
import type { KeyInfo } from './key-queries.ts';

const keyTypeWords: Readonly<Record<string, string>> = {
  llm_api: 'Calls models',
  read_only: 'Reads information only',
  management: 'Manages the gateway',
  default: 'Everything its owner may do',
};

/** What a key may do, for how much and how long. */
export function KeyLimits({ hash, info }: { hash: string; info: KeyInfo }) {
  return (
    <div className="max-w-[720px]">
      <Section title="Access" ruled={false}>
        <Facts>
          <Fact name="Kind">{keyTypeWords[info.key_type] ?? info.key_type}</Fact>
          <Fact name="Models">
            {info.models.length === 0 ? (
              'All that its owner may use'
            ) : (
              <span className="flex flex-wrap gap-x-3 gap-y-1">
                {info.models.map((name) => (
                  <code key={name}>{name}</code>
                ))}
              </span>
            )}
          </Fact>
          <Fact name="Charged to">
            {info.team_id === null ? 'The budget of its owner' : `Team ${info.team_alias ?? info.team_id}`}
          </Fact>
          <Fact name="Expires">{info.expires === null ? 'Never' : <AbsoluteTime at={info.expires} />}</Fact>
        </Facts>
      </Section>
      <Section title="Limits">
        <Facts>
          <Fact name="Budget">
            {info.max_budget === null
              ? 'None of its own'
              : `${formatUsd(nanoUsdFrom(info.max_budget))} ${describeWindow(info.budget_duration)}`}
          </Fact>
          {info.budget_reset_at !== null && (
            <Fact name="Resets">
              <AbsoluteTime at={info.budget_reset_at} />
            </Fact>
          )}
          <Fact name="Requests a minute">{limit(info.rpm_limit)}</Fact>
          <Fact name="Tokens a minute">{limit(info.tpm_limit)}</Fact>
          <Fact name="Requests at once">{limit(info.max_parallel_requests)}</Fact>
        </Facts>
      </Section>
      <Section title="Record">
        <Facts>
          <Fact name="Created">
            <AbsoluteTime at={info.created_at} />
          </Fact>
          <Fact name="Changed">
            <RelativeTime at={info.updated_at} />
          </Fact>
          <Fact name="Last used">{info.last_active === null ? 'Never' : <RelativeTime at={info.last_active} />}</Fact>
          {info.tags.length > 0 && <Fact name="Tags">{info.tags.join(', ')}</Fact>}
          <Fact name="Id">
            <span className="flex items-center gap-1">
              <code translate="no" className="min-w-0 truncate text-meta">
                {hash}
              </code>
              <CopyButton value={hash} label="Copy id" size="icon" />
            </span>
          </Fact>
        </Facts>
      </Section>
    </div>
  );
}

function limit(value: number | null): string {
  return value === null ? 'No limit' : formatCount(value);
}

function Facts({ children }: { children: ReactNode }) {
  return <dl className="flex flex-col">{children}</dl>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-8 items-center gap-4 border-line border-b py-1.5 last:border-b-0">
      <dt className="w-36 shrink-0 text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}
