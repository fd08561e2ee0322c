import { useState } from 'react';
import { Dialog } from '../components/dialog.tsx';
import { Checkbox } from '../components/field.tsx';
import { useNavItems } from './nav-items.ts';
import { setSingleKeys, singleKeysOn } from './use-shortcuts.ts';

/** `?`: what the keyboard can do, and the switch for single letters. */
export function ShortcutsDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const items = useNavItems();
  const [on, setOn] = useState(singleKeysOn);
  const rows: readonly (readonly [string, string])[] = [
    ['Ctrl K or ⌘ K', 'Go to a page or do something'],
    ...items.map((item) => [`g ${item.letter}`, item.label] as const),
    ['n', 'The page’s main action'],
    ['?', 'This list'],
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts">
      <dl className="mb-4">
        {rows.map(([keys, meaning]) => (
          <div key={keys} className="flex items-center justify-between border-line border-b py-1.5">
            <dt>{meaning}</dt>
            <dd>
              <kbd className="text-ink-2 text-meta">{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
      <Checkbox
        label="Use single letters as shortcuts"
        checked={on}
        onChange={(event) => {
          setOn(event.target.checked);
          setSingleKeys(event.target.checked);
        }}
      />
    </Dialog>
  );
}
