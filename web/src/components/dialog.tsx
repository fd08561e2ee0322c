import { lazy, type ReactNode, Suspense } from 'react';

/** Fetches the code of windows before the first one opens. */
export const loadDialogWindow = () => import('./dialog-window.tsx');

const DialogWindow = lazy(() => loadDialogWindow().then((module) => ({ default: module.DialogWindow })));

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

/** A small window over the page. Traps the focus and gives it back. */
export function Dialog(props: DialogProps) {
  if (!props.open) return null;
  return (
    <Suspense>
      <DialogWindow {...props} />
    </Suspense>
  );
}
