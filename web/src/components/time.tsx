import { useEffect, useReducer } from 'react';
import { formatDateTime, formatRelative } from '../format/index.ts';

/** "3 min ago", kept true while it is on screen; the exact time in the title. */
export function RelativeTime({ at }: { /** ISO 8601. */ at: string }) {
  const [, tellTime] = useReducer((minutes: number) => minutes + 1, 0);
  useEffect(() => {
    // Once a minute: faster would be noise for screen readers and eyes.
    const timer = setInterval(tellTime, 60_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={at} title={formatDateTime(at)} className="whitespace-nowrap">
      {formatRelative(at)}
    </time>
  );
}

/** "23 Nov, 14:05"; the distance from now in the title. */
export function AbsoluteTime({ at }: { /** ISO 8601. */ at: string }) {
  return (
    <time dateTime={at} title={formatRelative(at)} className="whitespace-nowrap">
      {formatDateTime(at)}
    </time>
  );
}
