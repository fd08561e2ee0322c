import { listOutbox } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { call, type ResultOf } from '../../api/call.ts';
import { Section } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { Status, type StatusTone } from '../../components/status.tsx';
import { RelativeTime } from '../../components/time.tsx';

type Message = ResultOf<typeof listOutbox>['messages'][number];

const words: Readonly<Record<Message['status'], { tone: StatusTone; label: string }>> = {
  sent: { tone: 'plain', label: 'Sent' },
  waiting: { tone: 'warning', label: 'Waiting' },
  failed: { tone: 'danger', label: 'Not sent' },
  withdrawn: { tone: 'quiet', label: 'Taken back' },
};

/** The newest messages and what became of them. */
export function Outbox() {
  const outbox = useQuery({
    queryKey: ['outbox'],
    queryFn: ({ signal }) => call(listOutbox, { limit: 20 }, { signal }),
  });
  return (
    <Section title="Newest messages">
      {outbox.isPending && <Skeleton className="w-full" />}
      {outbox.isError && <ErrorState what="The messages" error={outbox.error} onRetry={() => void outbox.refetch()} />}
      {outbox.data?.messages.length === 0 && <p className="text-ink-2">Nothing was sent yet.</p>}
      {outbox.data && outbox.data.messages.length > 0 && (
        <ul className="border-line border-t">
          {outbox.data.messages.map((message) => (
            <Row key={message.message_id} message={message} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Row({ message }: { message: Message }) {
  const { tone, label } = words[message.status];
  return (
    <li className="flex items-start justify-between gap-4 border-line border-b py-2">
      <span className="min-w-0">
        <span className="block truncate font-medium">{message.subject}</span>
        <span className="block truncate text-ink-3 text-meta">
          {message.recipient === '' ? channelWords(message.channel) : message.recipient},{' '}
          <RelativeTime at={message.created_at} />
        </span>
        {message.last_error !== null && message.status !== 'sent' && (
          <span className="block text-meta text-warning [overflow-wrap:anywhere]">{message.last_error}</span>
        )}
      </span>
      <Status tone={tone}>{label}</Status>
    </li>
  );
}

function channelWords(channel: string): string {
  return channel === 'slack' ? 'Slack' : 'Webhook';
}
