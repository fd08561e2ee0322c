import { type Column, DataTable } from '../../components/data-table.tsx';
import { Section } from '../../components/page.tsx';
import { formatCount } from '../../format/index.ts';
import { ShareBar } from '../usage/share-bar.tsx';
import { type Caching, isResponseCacheSilent, type UnansweredReason, unansweredReasons } from './caching-series.ts';

/** Why the response cache did not answer more, the most frequent reason first. Nothing while it is off. */
export function UnansweredSection({ caching }: { caching: Caching }) {
  const reasons = unansweredReasons(caching);
  if (isResponseCacheSilent(caching) || reasons.length === 0) return null;
  const largest = reasons[0]?.requests ?? 0;
  const columns: readonly Column<UnansweredReason>[] = [
    {
      id: 'reason',
      header: 'Reason',
      mobile: 'title',
      cell: ({ label, explanation }) => (
        <>
          <span className="block font-medium">{label}</span>
          <span className="block max-w-[72ch] text-ink-2 text-meta">{explanation}</span>
        </>
      ),
    },
    {
      id: 'requests',
      header: 'Requests',
      align: 'right',
      mobile: 'badge',
      cell: ({ requests }) => <span className="tabular-nums">{formatCount(requests)}</span>,
    },
    {
      id: 'share',
      header: 'Share of requests',
      align: 'right',
      mobile: 'hidden',
      width: '12rem',
      cell: ({ requests }) => <ShareBar part={requests} whole={caching.totals.requests} largest={largest} />,
    },
  ];
  return (
    <Section title="Why not cached" description="What kept requests from being answered by the response cache.">
      <DataTable caption="Reasons" columns={columns} rows={reasons} rowKey={({ id }) => id} />
    </Section>
  );
}
