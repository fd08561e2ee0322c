import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Column, DataTable } from '../components/data-table.tsx';
import { Money } from '../components/money.tsx';
import { EmptyState, ErrorState } from '../components/states.tsx';
import { Status } from '../components/status.tsx';
import { RelativeTime } from '../components/time.tsx';
import { formatDuration, formatTokens } from '../format/index.ts';
import { type RequestRow, requestsQuery } from './requests-query.ts';

/** Props of `RecentRequests`. */
export interface RecentRequestsProps {
  limit: number;
  /** Hash of the key whose requests are shown; absent: all within reach. */
  apiKey?: string;
  /** Adds who sent a request, for those who see everybody's. */
  showPerson?: boolean;
  emptyHint?: ReactNode;
}

/** The newest requests; new ones appear by themselves. */
export function RecentRequests({ limit, apiKey, showPerson = false, emptyHint }: RecentRequestsProps) {
  const requests = useQuery(requestsQuery({ limit, apiKey }));
  if (requests.isError && requests.data === undefined) {
    return <ErrorState what="Requests" error={requests.error} onRetry={() => void requests.refetch()} />;
  }
  const columns: readonly Column<RequestRow>[] = [
    { id: 'time', header: 'Time', mobile: 'fact', cell: (row) => <RelativeTime at={row.started_at} /> },
    {
      id: 'model',
      header: 'Model',
      mobile: 'title',
      cell: (row) => <code className="whitespace-nowrap text-meta">{row.model_group}</code>,
    },
    { id: 'status', header: 'Status', mobile: 'badge', cell: (row) => <RequestStatus row={row} /> },
    ...(apiKey === undefined ? [keyColumn] : []),
    ...(showPerson ? [personColumn] : []),
    {
      id: 'tokens',
      header: 'Tokens in, out',
      align: 'right',
      mobile: 'fact',
      cell: (row) => `${formatTokens(row.prompt_tokens)}, ${formatTokens(row.completion_tokens)}`,
    },
    {
      id: 'latency',
      header: 'Latency',
      align: 'right',
      mobile: 'hidden',
      cell: (row) => formatDuration(row.duration_ms),
    },
    {
      id: 'cost',
      header: 'Cost',
      align: 'right',
      mobile: 'fact',
      cell: (row) => <Money nanoUsd={row.spend_nano_usd} />,
    },
  ];
  return (
    <DataTable
      caption="Newest requests"
      columns={columns}
      rows={requests.data}
      rowKey={(row) => row.request_id}
      skeletonRows={4}
      empty={
        <EmptyState title="No requests yet">
          {emptyHint ?? 'They appear here a moment after they are answered.'}
        </EmptyState>
      }
    />
  );
}

const keyColumn: Column<RequestRow> = {
  id: 'key',
  header: 'Key',
  mobile: 'fact',
  cell: (row) => row.key_alias ?? <code className="text-meta">{row.key_name ?? ''}</code>,
};

const personColumn: Column<RequestRow> = {
  id: 'person',
  header: 'Person',
  mobile: 'hidden',
  from: 'xl',
  cell: (row) => row.user_email ?? row.user_id,
};

function RequestStatus({ row }: { row: RequestRow }) {
  if (row.status === 'success') return <Status>{row.cache_status === 'hit' ? 'From cache' : 'Answered'}</Status>;
  return (
    <Status tone="danger" {...(row.error_message === null ? {} : { title: row.error_message })}>
      Refused, {row.http_status}
    </Status>
  );
}
