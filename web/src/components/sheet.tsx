import { loadDialogWindow } from './dialog.tsx';
import { loadWhenNeeded } from './load-when-needed.tsx';
import type { SheetProps } from './sheet-window.tsx';

/** The question before a guarded sheet closes. */
export type { SheetGuard } from './sheet-window.tsx';

const sheetWindow = loadWhenNeeded(() => import('./sheet-window.tsx').then((module) => module.SheetWindow));

/** Fetches the code of sheets before the first one opens, and that of the question before it closes. */
export async function loadSheetWindow(): Promise<void> {
  await Promise.all([sheetWindow.load(), loadDialogWindow()]);
}

/** A sheet at the right edge, 560 px wide; the whole screen on phones. */
export function Sheet(props: SheetProps) {
  return props.open ? <sheetWindow.Component {...props} /> : null;
}
