import { getEmailEventSettings, updateEmailEventSettings } from '@latchkey/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, type ResultOf } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/field.tsx';
import { Section } from '../../components/page.tsx';
import { showFailure } from '../../components/show-toast.ts';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { EmailPreview } from './email-preview.tsx';

type Events = ResultOf<typeof getEmailEventSettings>;
type EventName = Events['settings'][number]['event'];

const when: Readonly<Record<EventName, string>> = {
  'New User Invitation': 'Somebody is invited, or gets a link to a new password from an admin.',
  'Virtual Key Created': 'A key is made for somebody, and whoever makes it asks for a mail.',
  'Virtual Key Rotated': 'The secret of a key is replaced.',
  'Virtual Key Expiring': 'A key stops working soon.',
  'Soft Budget Crossed': 'More than the soft budget is spent.',
  'Max Budget Alert': '80 % of a budget is spent.',
  'Max Budget Reached': 'A budget is spent, and its keys stop.',
};

const queryKey = ['email-events'];

/** What people get mail about: each event with its switch, and with what it looks like. */
export function EmailEvents({ mayChange }: { mayChange: boolean }) {
  const queryClient = useQueryClient();
  const [shown, setShown] = useState<EventName | 'Password Reset' | null>(null);
  const events = useQuery({ queryKey, queryFn: ({ signal }) => call(getEmailEventSettings, undefined, { signal }) });
  const update = useMutation({
    mutationFn: (setting: Events['settings'][number]) => call(updateEmailEventSettings, { settings: [setting] }),
    onMutate: (changed) => {
      const before = queryClient.getQueryData<Events>(queryKey);
      queryClient.setQueryData<Events>(queryKey, (current) =>
        current === undefined
          ? current
          : { settings: current.settings.map((known) => (known.event === changed.event ? changed : known)) },
      );
      return { before };
    },
    onError: (problem, _changed, context) => {
      queryClient.setQueryData(queryKey, context?.before);
      showFailure('The switch was not saved', problem);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey }),
  });
  return (
    <Section title="What people get mail about">
      {events.isPending && <Skeleton className="w-full" />}
      {events.isError && <ErrorState what="The events" error={events.error} onRetry={() => void events.refetch()} />}
      {events.data && (
        <ul className="border-line border-t">
          {events.data.settings.map(({ event, enabled }) => (
            <li key={event} className="flex items-center justify-between gap-4 border-line border-b py-2">
              <Checkbox
                label={event}
                hint={when[event]}
                disabled={!mayChange}
                checked={enabled}
                onChange={(change) => update.mutate({ event, enabled: change.target.checked })}
              />
              <Button size="small" aria-label={`Preview ${event}`} onClick={() => setShown(event)}>
                Preview
              </Button>
            </li>
          ))}
          <li className="flex items-center justify-between gap-4 border-line border-b py-2">
            <span className="pl-6">
              Password Reset
              <span className="block text-ink-3 text-meta">Always sent: somebody is waiting for it.</span>
            </span>
            <Button size="small" aria-label="Preview Password Reset" onClick={() => setShown('Password Reset')}>
              Preview
            </Button>
          </li>
        </ul>
      )}
      {shown !== null && <EmailPreview event={shown} onClose={() => setShown(null)} />}
    </Section>
  );
}
