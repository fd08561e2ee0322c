import type { ReactNode } from 'react';
import { loadDialogWindow } from './dialog.tsx';
import { loadWhenNeeded } from './load-when-needed.tsx';

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

const sheetWindow = loadWhenNeeded(() => import('./sheet-window.tsx').then((module) => module.SheetWindow));

/** Fetches the code of sheets before the first one opens, and that of the question before it closes. */
export async function loadSheetWindow(): Promise<void> {
  await Promise.all([sheetWindow.load(), loadDialogWindow()]);
}

/** A sheet at the right edge, 560 px wide; the whole screen on phones. */
export function Sheet(props: SheetProps) {
  return props.open ? <sheetWindow.Component {...props} /> : null;
}
