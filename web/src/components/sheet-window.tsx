import { useBlocker } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';

/** The question before a guarded sheet closes. */
export interface SheetGuard {
  title: string;
  description: string;
  /** The verb on the button that closes after all. */
  leaveLabel: string;
  stayLabel: string;
}

/** Props of `Sheet`. */
export interface SheetProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  /** Stays in view below the content: a summary and the buttons. */
  footer?: ReactNode;
  /**
   * While set, Escape, a click outside, the close button, Back and a reload ask first.
   * `true` asks about unsaved work.
   */
  guarded?: boolean | SheetGuard;
}

const unsavedWork: SheetGuard = {
  title: 'Close without saving?',
  description: 'What you entered here will be lost.',
  leaveLabel: 'Close anyway',
  stayLabel: 'Keep editing',
};

/** The window of an open `Sheet`; loaded when the first one opens. */
export function SheetWindow({ open, onOpenChange, title, description, children, footer, guarded = false }: SheetProps) {
  const [asking, setAsking] = useState(false);
  const active = open && guarded !== false;
  const guard = typeof guarded === 'object' ? guarded : unsavedWork;
  // Closing a sheet may change the address itself; that navigation has been agreed to already.
  const agreed = useRef(false);
  const leaving = useBlocker({
    shouldBlockFn: () => active && !agreed.current,
    enableBeforeUnload: active,
    disabled: !active,
    withResolver: true,
  });

  const requestChange = (next: boolean) => {
    if (!next && active) setAsking(true);
    else onOpenChange(next);
  };
  const leave = () => {
    setAsking(false);
    if (leaving.status === 'blocked') {
      leaving.proceed();
      return;
    }
    agreed.current = true;
    onOpenChange(false);
    setTimeout(() => {
      agreed.current = false;
    });
  };
  const stay = () => {
    setAsking(false);
    if (leaving.status === 'blocked') leaving.reset();
  };

  return (
    <Radix.Root open={open} onOpenChange={requestChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-30 animate-appear bg-scrim" />
        <Radix.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className="fixed inset-y-0 right-0 z-30 flex w-full animate-slide-in flex-col border-overlay-line bg-canvas shadow-overlay outline-none md:w-[560px] md:border-l"
        >
          <header className="flex items-start justify-between gap-4 border-line border-b py-3 pr-3 pl-4 md:pl-6">
            <div className="min-w-0 py-0.5">
              <Radix.Title className="text-page">{title}</Radix.Title>
              {description && <Radix.Description className="text-body text-ink-2">{description}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <Button variant="ghost" size="icon" aria-label="Close">
                <X aria-hidden className="size-4" strokeWidth={1.5} />
              </Button>
            </Radix.Close>
          </header>
          <div className="min-h-0 grow overflow-y-auto px-4 py-6 md:px-6">{children}</div>
          {footer && (
            <footer className="border-line border-t bg-canvas px-4 py-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] md:px-6">
              {footer}
            </footer>
          )}
          <ConfirmDialog
            open={asking || leaving.status === 'blocked'}
            onOpenChange={(next) => {
              if (!next) stay();
            }}
            title={guard.title}
            description={guard.description}
            confirmLabel={guard.leaveLabel}
            cancelLabel={guard.stayLabel}
            onConfirm={leave}
          />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
