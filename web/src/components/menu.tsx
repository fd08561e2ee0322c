import { Ellipsis } from 'lucide-react';
import { cloneElement, lazy, Suspense, useState } from 'react';
import { Button } from './button.tsx';
import type { MenuItem, MenuProps } from './menu-panel.tsx';

/** One line of a menu, or `separator`. */
export type { MenuItem } from './menu-panel.tsx';

const MenuPanel = lazy(() => import('./menu-panel.tsx').then((module) => ({ default: module.MenuPanel })));

/**
 * A menu that opens from any button. The button stands at once; what it opens is loaded after the first paint, and opens
 * then for whoever was faster.
 */
export function Menu(props: MenuProps) {
  const [isWanted, setIsWanted] = useState(false);
  const want = () => setIsWanted(true);
  // The press, since the button may be another one before the finger is lifted; the click, for keyboards.
  const waiting = cloneElement(props.trigger, { onPointerDown: want, onClick: want });
  return (
    <Suspense fallback={waiting}>
      <MenuPanel {...props} startsOpen={isWanted} />
    </Suspense>
  );
}

/** The "…" at the end of a row. */
export function RowMenu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  return (
    <Menu
      items={items}
      trigger={
        <Button variant="ghost" size="icon" aria-label={label} className="-my-1">
          <Ellipsis aria-hidden className="size-4" strokeWidth={1.5} />
        </Button>
      }
    />
  );
}
