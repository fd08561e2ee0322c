import { Ellipsis } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { Button } from './button.tsx';

const MenuPanel = lazy(() => import('./menu-panel.tsx').then((module) => ({ default: module.MenuPanel })));

/** One line of a menu, or `separator`. */
export type MenuItem =
  | 'separator'
  | {
      label: ReactNode;
      icon?: ReactNode;
      tone?: 'plain' | 'danger';
      disabled?: boolean;
      /** Set on choices of which one is in force. */
      checked?: boolean;
      onSelect: () => void;
    };

/** Props of `Menu`. */
export interface MenuProps {
  items: readonly MenuItem[];
  /** The button that opens the menu. */
  trigger: ReactNode;
  /** Text above the items. */
  heading?: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
}

/** A menu that opens from any button. The button stands at once; what it opens is loaded after the first paint. */
export function Menu(props: MenuProps) {
  return (
    <Suspense fallback={props.trigger}>
      <MenuPanel {...props} />
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
