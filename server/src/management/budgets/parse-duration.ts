import { ApiError } from '../../http/api-error.ts';

const lifetime = /^(\d+)(mo|[smhdw])/;

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** The last millisecond of the year 9999: the last that ISO 8601 writes with four digits. */
const lastInstant = 253_402_300_799_999;

/**
 * The instant that lies the given lifetime after another. The grammar is LiteLLM's: a whole number followed by
 * `s`, `m`, `h`, `d`, `w` or `mo`; what comes after the unit is ignored (`24hr` is 24 hours). `mo` is the same
 * day of the month and the same time of day, clipped to the last day of a shorter month, in UTC.
 * @param fromMs epoch milliseconds.
 * @param param name of the field that the duration came in, for the refusal.
 * @returns epoch milliseconds.
 * @throws ApiError 400 for a text that is not a duration, and for one that ends after the year 9999.
 */
export function addDuration(duration: string, fromMs: number, param = 'duration'): number {
  const match = lifetime.exec(duration.trim());
  if (!match) throw unsupportedDuration(duration, param);
  const count = Number(match[1]);
  const unit = match[2] as keyof typeof unitMs | 'mo';
  const end = unit === 'mo' ? addMonths(fromMs, count) : fromMs + count * unitMs[unit];
  if (!(end <= lastInstant)) throw unsupportedDuration(duration, param);
  return end;
}

/** 400 for a duration that cannot be understood. */
export function unsupportedDuration(duration: string, param: string): ApiError {
  return new ApiError(
    400,
    `Unsupported duration unit or value: ${param}='${duration.slice(0, 40)}'. Write a whole number and a unit: s, m, h, d, w or mo, such as 30d or 1mo.`,
    { type: 'bad_request_error', param },
  );
}

function addMonths(fromMs: number, count: number): number {
  const from = new Date(fromMs);
  const end = new Date(fromMs);
  end.setUTCDate(1);
  end.setUTCMonth(from.getUTCMonth() + count);
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(from.getUTCDate(), lastDay));
  return end.getTime();
}
