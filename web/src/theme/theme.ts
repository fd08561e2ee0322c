import { useSyncExternalStore } from 'react';

/** What a person can choose; `system` follows the machine. */
export const themeChoices = ['system', 'light', 'dark'] as const;

/** A theme choice. */
export type ThemeChoice = (typeof themeChoices)[number];

// The same name is read by public/theme.js before the first paint.
const storageName = 'latchkey.theme';
const systemDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let choice: ThemeChoice = readChoice();

systemDark.addEventListener('change', apply);
// Another tab may change the choice.
addEventListener('storage', (event) => {
  if (event.key !== storageName) return;
  choice = readChoice();
  apply();
});

/** The choice and how to change it; the choice is kept on this machine. */
export function useTheme(): [ThemeChoice, (choice: ThemeChoice) => void] {
  return [useSyncExternalStore(subscribe, () => choice), chooseTheme];
}

function chooseTheme(next: ThemeChoice): void {
  choice = next;
  try {
    localStorage.setItem(storageName, next);
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
  apply();
}

function apply(): void {
  const dark = choice === 'dark' || (choice === 'system' && systemDark.matches);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function readChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(storageName);
    return themeChoices.find((known) => known === stored) ?? 'system';
  } catch {
    return 'system';
  }
}
