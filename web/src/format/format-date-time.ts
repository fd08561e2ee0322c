/** How an instant is written. All of it is optional; the defaults are the reader's own. */
export interface DateTimeOptions {
  /** IANA zone; the browser's zone by default. */
  readonly timeZone?: string;
  /** The moment that decides which year is the current one. */
  readonly now?: Date;
  /** BCP 47 tag; by default the reader's variety of English, since the console speaks English. */
  readonly locale?: string;
}

/** The IANA zone of the browser, as `Europe/Berlin`. */
export function browserTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** An instant: `23 Nov, 14:05`, with the year when it is not the current one. */
export function formatDateTime(iso: string, options: DateTimeOptions = {}): string {
  return write(iso, options, { hour: '2-digit', minute: '2-digit' });
}

/** The calendar day of an instant: `23 Nov`, with the year when it is not the current one. */
export function formatDate(iso: string, options: DateTimeOptions = {}): string {
  return write(iso, options, {});
}

/** An instant in full, for titles: `Mon, 23 November 2026, 14:05:10 CET`. */
export function formatDateTimeFull(iso: string, options: DateTimeOptions = {}): string {
  return new Intl.DateTimeFormat(options.locale ?? readerLocale(), {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
    timeZone: options.timeZone ?? browserTimeZone(),
  }).format(new Date(iso));
}

/** The first English tag of the reader's languages; British English when there is none. */
export function readerLocale(): string {
  const languages = typeof navigator === 'undefined' ? [] : navigator.languages;
  return languages.find((language) => language === 'en' || language.startsWith('en-')) ?? 'en-GB';
}

function write(iso: string, options: DateTimeOptions, time: Intl.DateTimeFormatOptions): string {
  const timeZone = options.timeZone ?? browserTimeZone();
  const instant = new Date(iso);
  const isCurrentYear = yearIn(instant, timeZone) === yearIn(options.now ?? new Date(), timeZone);
  return new Intl.DateTimeFormat(options.locale ?? readerLocale(), {
    day: 'numeric',
    month: 'short',
    ...(isCurrentYear ? {} : { year: 'numeric' }),
    ...time,
    timeZone,
  }).format(instant);
}

function yearIn(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { year: 'numeric', timeZone }).format(instant);
}
