import { listKeys, listUsers } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { linkClass } from '../../components/link-class.ts';
import { requestsQuery } from '../../requests/requests-query.ts';
import { useSession } from '../../session/use-session.ts';
import { StepStrip } from './step-strip.tsx';

/** What a new gateway still needs; gone once everything is there. */
export function AdminChecklist() {
  const session = useSession();
  const people = useQuery({
    queryKey: ['users', 'count'],
    queryFn: ({ signal }) => call(listUsers, { page: 1, page_size: 1 }, { signal }),
    select: (answer) => answer.total,
  });
  const keys = useQuery({
    queryKey: ['keys', 'count'],
    queryFn: ({ signal }) => call(listKeys, { page: 1, size: 1 }, { signal }),
    select: (answer) => answer.total_count,
  });
  const requests = useQuery(requestsQuery({ limit: 8 }));
  if (people.data === undefined || keys.data === undefined || requests.data === undefined) return null;
  const hasModels = !session.demo_mode;
  // The holder of the master key counts as one.
  const hasPeople = people.data > 1;
  const hasKeys = keys.data > 0;
  const hasRequests = requests.data.length > 0;
  if (hasModels && hasPeople && hasKeys && hasRequests) return null;
  return (
    <StepStrip
      label="Set up the gateway"
      steps={[
        {
          title: 'Add models',
          done: hasModels,
          children: hasModels ? (
            'Models are configured.'
          ) : (
            <>
              Name your providers in <code>config.yaml</code>. Until then the demo model answers.
            </>
          ),
        },
        {
          title: 'Invite people',
          done: hasPeople,
          children: hasPeople ? (
            'People are here.'
          ) : (
            <Link to="/users" search={{ invite: true }} className={linkClass}>
              Invite the first
            </Link>
          ),
        },
        {
          title: 'Create a key',
          done: hasKeys,
          children: hasKeys ? (
            'Keys exist.'
          ) : (
            <Link to="/keys" search={{ create: true }} className={linkClass}>
              Create the first
            </Link>
          ),
        },
        {
          title: 'See a request arrive',
          done: hasRequests,
          children: hasRequests ? 'Requests are answered.' : 'Use the code below; this page sees it arrive.',
        },
      ]}
    />
  );
}
