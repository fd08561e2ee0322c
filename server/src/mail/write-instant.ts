/** An instant as people read it, such as `13 June 2026 at 02:02 CEST`. @param timeZone IANA name. */
export function writeInstant(instantMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    ...{ day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' },
    ...{ timeZone, timeZoneName: 'short' },
  }).format(instantMs);
}
