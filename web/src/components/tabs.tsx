import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

/** One tab and its panel. */
export interface Tab {
  id: string;
  label: ReactNode;
  content: ReactNode;
}

/** Props of `Tabs`. */
export interface TabsProps {
  /** What the tabs choose between, for screen readers. */
  label: string;
  tabs: readonly Tab[];
  value?: string;
  defaultValue?: string;
  onValueChange?: (id: string) => void;
}

/** Tabs on a hairline; arrow keys move between them. */
export function Tabs({ label, tabs, value, defaultValue, onValueChange }: TabsProps) {
  return (
    <Radix.Root
      {...(value === undefined ? { defaultValue: defaultValue ?? tabs[0]?.id ?? '' } : { value })}
      {...(onValueChange === undefined ? {} : { onValueChange })}
    >
      <Radix.List aria-label={label} className="flex gap-5 overflow-x-auto border-line border-b [scrollbar-width:none]">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.id}
            value={tab.id}
            className="-mb-px shrink-0 border-transparent border-b-2 py-1.5 text-control text-ink-2 hover:text-ink focus-visible:-outline-offset-2 data-[state=active]:border-ink data-[state=active]:text-ink pointer-coarse:py-3"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} className="pt-4 outline-offset-4">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}
