import type { ReactNode } from 'react';
import { loadWhenNeeded } from './load-when-needed.tsx';

const dialogWindow = loadWhenNeeded(() => import('./dialog-window.tsx').then((module) => module.DialogWindow));

/** Fetches the code of windows before the first one opens. */
export const loadDialogWindow = dialogWindow.load;

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
  return props.open ? <dialogWindow.Component {...props} /> : null;
}
