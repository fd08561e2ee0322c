import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

/** Props of `Dialog`. */
export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the safe one first. */
  footer?: ReactNode;
  /** `alert`: not closed by a click outside. */
  kind?: 'dialog' | 'alert';
}

/** The window of an open `Dialog`; loaded when the first one opens. */
export function DialogWindow({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  kind = 'dialog',
}: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Radix.Content
          role={kind === 'alert' ? 'alertdialog' : 'dialog'}
          {...(description ? {} : { 'aria-describedby': undefined })}
          onPointerDownOutside={(event) => {
            if (kind === 'alert') event.preventDefault();
          }}
          className="fixed top-[12dvh] left-1/2 z-50 flex max-h-[76dvh] w-[calc(100vw-2rem)] max-w-[440px] -translate-x-1/2 animate-appear flex-col rounded-sheet border border-overlay-line bg-surface shadow-overlay outline-none"
        >
          <div className="overflow-y-auto p-6">
            <Radix.Title className="text-section">{title}</Radix.Title>
            {description && (
              <Radix.Description className="mt-2 whitespace-pre-line text-body text-ink-2">
                {description}
              </Radix.Description>
            )}
            {children && <div className="mt-4 empty:hidden">{children}</div>}
          </div>
          {footer && <div className="flex flex-wrap justify-end gap-2 border-line border-t px-6 py-4">{footer}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
