import { previewEmail } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { call, type InputOf } from '../../api/call.ts';
import { Sheet } from '../../components/sheet.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';

/** The mail of an event with made-up data. */
export function EmailPreview({
  event,
  onClose,
}: {
  event: InputOf<typeof previewEmail>['event'];
  onClose: () => void;
}) {
  const preview = useQuery({
    queryKey: ['email-preview', event],
    queryFn: ({ signal }) => call(previewEmail, { event }, { signal }),
  });
  return (
    <Sheet
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={event}
      description={preview.data ? `Subject: ${preview.data.subject}` : 'With made-up data'}
    >
      {preview.isPending && <Skeleton className="h-64 w-full" />}
      {preview.isError && (
        <ErrorState what="The preview" error={preview.error} onRetry={() => void preview.refetch()} />
      )}
      {preview.data && (
        // Without any right: no script runs in it, and it leads nowhere.
        <iframe
          title={`The mail about ${event}`}
          sandbox=""
          srcDoc={preview.data.html}
          className="h-[70dvh] w-full rounded-control border border-line bg-white"
        />
      )}
    </Sheet>
  );
}
