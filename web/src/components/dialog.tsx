import type { DialogProps } from './dialog-window.tsx';
import { loadWhenNeeded } from './load-when-needed.tsx';

const dialogWindow = loadWhenNeeded(() => import('./dialog-window.tsx').then((module) => module.DialogWindow));

/** Fetches the code of windows before the first one opens. */
export const loadDialogWindow = dialogWindow.load;

/** A small window over the page. Traps the focus and gives it back. */
export function Dialog(props: DialogProps) {
  return props.open ? <dialogWindow.Component {...props} /> : null;
}
