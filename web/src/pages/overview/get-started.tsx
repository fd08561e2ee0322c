import { listKeys } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { linkClass } from '../../components/link-class.ts';
import { Status } from '../../components/status.tsx';
import { formatDuration, formatTokens, formatUsd } from '../../format/index.ts';
import { type RequestRow, requestsQuery } from '../../requests/requests-query.ts';
import { useCan } from '../../session/use-session.ts';
import { StepStrip } from './step-strip.tsx';

const freshMs = 24 * 3_600_000;

/** Three steps to the first answer. The last turns green by itself; a day later the strip is gone. */
export function GetStarted() {
  const mayCreate = useCan('key:create') !== undefined;
  const keys = useQuery({
    queryKey: ['keys', 'count'],
    queryFn: ({ signal }) => call(listKeys, { page: 1, size: 1 }, { signal }),
    select: (answer) => answer.total_count,
  });
  // The same list that stands at the foot of the page; it watches for new requests.
  const requests = useQuery(requestsQuery({ limit: 8 }));
  if (keys.data === undefined || requests.data === undefined) return null;
  const hasKey = keys.data > 0;
  const first = requests.data.findLast((row) => row.status === 'success');
  const isOld = requests.data.some((row) => Date.now() - new Date(row.started_at).getTime() > freshMs);
  if (isOld || (first !== undefined && requests.data.length >= 8)) return null;
  return (
    <StepStrip
      label="Get started"
      steps={[
        {
          title: 'Get a key',
          done: hasKey,
          children: hasKey ? (
            'You have one.'
          ) : mayCreate ? (
            <Link to="/keys" search={{ create: true }} className={linkClass}>
              Create your first key
            </Link>
          ) : (
            'Your admin creates keys for you.'
          ),
        },
        {
          title: 'Set up your client',
          done: first !== undefined,
          children: 'Two values: the base URL and the key. Ready code is below.',
        },
        {
          title: 'Make the first request',
          done: first !== undefined,
          children: <FirstRequest first={first} hasKey={hasKey} />,
        },
      ]}
    />
  );
}

function FirstRequest({ first, hasKey }: { first: RequestRow | undefined; hasKey: boolean }) {
  return (
    <span role="status">
      {first !== undefined ? (
        <>
          <code>{first.model_group}</code> answered in {formatDuration(first.duration_ms)}:{' '}
          {formatTokens(first.prompt_tokens)} tokens in, {formatTokens(first.completion_tokens)} out,{' '}
          {formatUsd(first.spend_nano_usd)}.
        </>
      ) : hasKey ? (
        <Status tone="quiet" live>
          Waiting for it
        </Status>
      ) : (
        'This page sees it arrive.'
      )}
    </span>
  );
}
