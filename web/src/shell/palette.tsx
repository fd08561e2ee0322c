import { useNavigate } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { Dialog as Radix } from 'radix-ui';
import { type KeyboardEvent, useId, useState } from 'react';
import { signOut } from '../session/sign-out.ts';
import { useCan } from '../session/use-session.ts';
import { themeChoices, useTheme } from '../theme/theme.ts';
import { themeLabels } from './account-menu.tsx';
import { useNavItems } from './nav-items.ts';

interface Entry {
  id: string;
  label: string;
  kind: string;
  run: () => void;
}

/** Cmd-K: every page and the console's actions, found by typing. */
export function Palette({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-[560px] -translate-x-1/2 animate-appear overflow-hidden rounded-sheet border border-overlay-line bg-surface shadow-overlay"
        >
          <Radix.Title className="sr-only">Go to page</Radix.Title>
          <PaletteList close={() => onOpenChange(false)} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function PaletteList({ close }: { close: () => void }) {
  const entries = useEntries();
  const listId = useId();
  const [text, setText] = useState('');
  const [position, setPosition] = useState(0);
  const wanted = text.trim().toLowerCase();
  const found = entries.filter((entry) => entry.label.toLowerCase().includes(wanted));
  const current = found[Math.min(position, found.length - 1)];

  const run = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    close();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      event.preventDefault();
      setPosition((Math.min(position, found.length - 1) + step + found.length) % found.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(current);
    }
  };
  return (
    <>
      <input
        role="combobox"
        aria-label="Search pages and actions"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={current ? `${listId}-${current.id}` : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder="Go to a page or do something"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setPosition(0);
        }}
        onKeyDown={onKeyDown}
        className="h-12 w-full border-line border-b bg-transparent px-4 text-control font-normal outline-none"
      />
      <div id={listId} role="listbox" aria-label="Pages and actions" className="max-h-[50dvh] overflow-y-auto py-1">
        {found.map((entry) => (
          <div
            key={entry.id}
            id={`${listId}-${entry.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={entry === current}
            onClick={() => run(entry)}
            onKeyDown={onKeyDown}
            onPointerMove={() => setPosition(found.indexOf(entry))}
            className={clsx(
              'flex h-9 cursor-pointer items-center justify-between px-4 pointer-coarse:h-11',
              entry === current && 'bg-sunken',
            )}
          >
            {entry.label}
            <span className="text-ink-3 text-meta">{entry.kind}</span>
          </div>
        ))}
        {found.length === 0 && <p className="px-4 py-3 text-ink-3">Nothing is called “{text.trim()}”.</p>}
      </div>
    </>
  );
}

function useEntries(): readonly Entry[] {
  const navigate = useNavigate();
  const items = useNavItems();
  const canCreateKey = useCan('key:create') !== undefined;
  const [theme, chooseTheme] = useTheme();
  return [
    ...items.map((item) => ({
      id: item.label,
      label: item.label,
      kind: 'Page',
      run: () => void navigate({ to: item.to }),
    })),
    ...(canCreateKey
      ? [
          {
            id: 'create-key',
            label: 'Create key',
            kind: 'Action',
            run: () => void navigate({ to: '/keys', search: { create: true } }),
          },
        ]
      : []),
    ...themeChoices
      .filter((choice) => choice !== theme)
      .map((choice) => ({
        id: `theme-${choice}`,
        label: themeLabels[choice],
        kind: 'Action',
        run: () => chooseTheme(choice),
      })),
    { id: 'log-out', label: 'Log out', kind: 'Action', run: () => void signOut() },
  ];
}
