import { useCallback, useRef, useState } from 'react';
import { useSingleKey } from '../shell/use-shortcuts.ts';
import { Select, TextInput } from './field.tsx';
import { type ChosenRange, type DayRange, problemOfDays, rangeLabels, rangeNames } from './time-range.ts';

/** Props of `RangeControl`. */
export interface RangeControlProps {
  range: ChosenRange;
  /** The days that the range stands for now; where a custom range begins. */
  days: DayRange;
  today: string;
  onRangeChange: (range: ChosenRange) => void;
}

/** Chooses a range of days; a custom range applies as soon as its two days make sense. */
export function RangeControl({ range, days, today, onRangeChange }: RangeControlProps) {
  const choice = useRef<HTMLSelectElement>(null);
  useSingleKey(
    't',
    useCallback(() => choice.current?.focus(), []),
  );
  return (
    <div className="flex flex-wrap items-start gap-2">
      <Select
        ref={choice}
        aria-label="Range"
        aria-keyshortcuts="t"
        className="w-36"
        value={range.name}
        options={rangeNames.map((name) => ({ value: name, label: rangeLabels[name] }))}
        onChange={(event) => {
          const name = rangeNames.find((known) => known === event.target.value) ?? '7d';
          onRangeChange(name === 'custom' ? { name, from: days.startDate, to: days.endDate } : { name });
        }}
      />
      {range.name === 'custom' && (
        <CustomDays key={`${range.from} ${range.to}`} range={range} today={today} onRangeChange={onRangeChange} />
      )}
    </div>
  );
}

interface CustomDaysProps {
  range: Extract<ChosenRange, { name: 'custom' }>;
  today: string;
  onRangeChange: (range: ChosenRange) => void;
}

function CustomDays({ range, today, onRangeChange }: CustomDaysProps) {
  const [from, setFrom] = useState(range.from);
  const [to, setTo] = useState(range.to);
  const problem = problemOfDays(from, to);
  // Applied when a field is left, so that typing a date by hand is not interrupted half way.
  const apply = (): void => {
    if (problem === undefined && (from !== range.from || to !== range.to)) onRangeChange({ name: 'custom', from, to });
  };
  return (
    <div>
      <div className="flex items-center gap-2">
        <TextInput
          type="date"
          aria-label="First day"
          className="w-36"
          value={from}
          max={today}
          onChange={(event) => setFrom(event.target.value)}
          onBlur={apply}
        />
        <span aria-hidden className="text-ink-3">
          –
        </span>
        <TextInput
          type="date"
          aria-label="Last day"
          className="w-36"
          value={to}
          max={today}
          onChange={(event) => setTo(event.target.value)}
          onBlur={apply}
        />
      </div>
      {problem && (
        <p role="alert" className="mt-1 text-danger text-meta">
          {problem}
        </p>
      )}
    </div>
  );
}
