import { clsx } from 'clsx';
import { DropdownMenu } from 'radix-ui';
import type { ComponentProps, ReactElement, ReactNode } from 'react';

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
  trigger: ReactElement<ComponentProps<'button'>>;
  /** Text above the items. */
  heading?: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
}

/** A menu and its button; loaded right after the first paint. `startsOpen`: its button was pressed before that. */
export function MenuPanel({
  items,
  trigger,
  heading,
  align = 'end',
  side = 'bottom',
  startsOpen,
}: MenuProps & { startsOpen: boolean }) {
  return (
    <DropdownMenu.Root defaultOpen={startsOpen}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-44 max-w-72 animate-appear rounded-sheet border border-overlay-line bg-surface py-1 text-body shadow-overlay"
        >
          {heading && <div className="border-line border-b px-3 pt-1 pb-2">{heading}</div>}
          {items.map((item, index) =>
            item === 'separator' ? (
              <DropdownMenu.Separator key={`separator-${index}`} className="my-1 h-px bg-line" />
            ) : (
              <DropdownMenu.Item
                key={index}
                disabled={item.disabled ?? false}
                onSelect={item.onSelect}
                {...(item.checked === undefined ? {} : { role: 'menuitemradio', 'aria-checked': item.checked })}
                className={clsx(
                  'flex min-h-8 select-none items-center gap-2 px-3 outline-none data-disabled:cursor-not-allowed data-highlighted:bg-sunken data-disabled:text-ink-3 pointer-coarse:min-h-11',
                  item.tone === 'danger' && 'text-danger',
                )}
              >
                {item.icon && <span className="text-ink-3">{item.icon}</span>}
                <span className="grow">{item.label}</span>
                {item.checked === true && <span aria-hidden>•</span>}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
