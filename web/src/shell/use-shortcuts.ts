import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useNavItems } from './nav-items.ts';

const storageName = 'latchkey.single-key-shortcuts';

/** Whether single letters act as shortcuts on this machine (WCAG 2.1.4 asks for an off switch). */
export function singleKeysOn(): boolean {
  try {
    return localStorage.getItem(storageName) !== 'off';
  } catch {
    return true;
  }
}

/** Switches single-letter shortcuts on or off on this machine. */
export function setSingleKeys(on: boolean): void {
  try {
    localStorage.setItem(storageName, on ? 'on' : 'off');
  } catch {
    // Without storage the default stays.
  }
}

/** Cmd/Ctrl K, `g` and a letter, `?`. Nothing happens while somebody types or a window is open. */
export function useShortcuts({ onSearch, onHelp }: { onSearch: () => void; onHelp: () => void }): void {
  const items = useNavItems();
  const navigate = useNavigate();
  useEffect(() => {
    let goingUntilMs = 0;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey) {
        event.preventDefault();
        onSearch();
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isBusy(event.target) || !singleKeysOn()) return;
      if (event.key === '?') {
        onHelp();
        return;
      }
      if (event.key === 'g') {
        goingUntilMs = event.timeStamp + 1500;
        return;
      }
      if (event.timeStamp > goingUntilMs) return;
      goingUntilMs = 0;
      const item = items.find((candidate) => candidate.letter === event.key);
      if (item !== undefined) void navigate({ to: item.to });
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [items, navigate, onSearch, onHelp]);
}

/** Calls `act` when the letter is pressed on its own, unless somebody types or a window is open. */
export function useSingleKey(letter: string, act: (() => void) | undefined): void {
  useEffect(() => {
    if (act === undefined) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (
        event.key !== letter ||
        event.metaKey ||
        event.ctrlKey ||
        event.altKey ||
        isBusy(event.target) ||
        !singleKeysOn()
      )
        return;
      event.preventDefault();
      act();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [letter, act]);
}

function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector('[role="dialog"],[role="alertdialog"],[role="menu"]') !== null) return true;
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
}
