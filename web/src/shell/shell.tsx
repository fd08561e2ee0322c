import { Outlet, useMatches } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import { loadSheetWindow } from '../components/sheet.tsx';
import { ForbiddenState } from '../components/states.tsx';
import { useMedia } from '../components/use-media.ts';
import { SignInAgain } from '../session/sign-in-again.tsx';
import { useSession } from '../session/use-session.ts';
import { BottomBar } from './bottom-bar.tsx';
import { Notices } from './notices.tsx';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';
import { useShortcuts } from './use-shortcuts.ts';

// None of these belongs to the first paint.
const Toasts = lazy(() => import('./toasts.tsx').then((module) => ({ default: module.Toasts })));
const Palette = lazy(() => import('./palette.tsx').then((module) => ({ default: module.Palette })));
const ShortcutsDialog = lazy(() =>
  import('./shortcuts-dialog.tsx').then((module) => ({ default: module.ShortcutsDialog })),
);

const railStorageName = 'latchkey.rail';

/** Everything around a page of a signed-in person. */
export function Shell() {
  const [collapsed, toggle] = useRail();
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  const onSearch = useCallback(() => setSearching(true), []);
  const onHelp = useCallback(() => setHelping(true), []);
  useShortcuts({ onSearch, onHelp });
  useEffect(() => {
    // So that the first window opens without a wait.
    const timer = setTimeout(() => void loadSheetWindow(), 2000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="flex min-h-dvh">
      <SkipLink />
      <Rail collapsed={collapsed} onToggle={toggle} />
      <div className="flex min-w-0 grow flex-col pb-14 md:pb-0">
        <TopBar onSearch={onSearch} />
        <Notices />
        <main id="main" tabIndex={-1} className="grow outline-none">
          <AllowedPage />
        </main>
      </div>
      <BottomBar />
      <Suspense>
        {searching && <Palette open onOpenChange={setSearching} />}
        {helping && <ShortcutsDialog open onOpenChange={setHelping} />}
      </Suspense>
      <SignInAgain />
      <Suspense>
        <Toasts />
      </Suspense>
    </div>
  );
}

function AllowedPage() {
  const { capabilities } = useSession();
  const matches = useMatches();
  const page = matches.at(-1)?.staticData;
  if (page?.permission !== undefined && capabilities[page.permission] === undefined) {
    return (
      <div className="px-4 pt-6 md:px-8">
        <ForbiddenState what={page.what ?? 'this page'} />
      </div>
    );
  }
  return <Outlet />;
}

function SkipLink() {
  return (
    <button
      type="button"
      onClick={() => document.getElementById('main')?.focus()}
      className="fixed top-2 left-2 z-50 -translate-y-16 rounded-control border border-line-strong bg-surface px-3 py-1.5 text-control focus:translate-y-0"
    >
      Skip to content
    </button>
  );
}

function useRail(): [collapsed: boolean, toggle: () => void] {
  const roomy = useMedia('(width >= 64rem)');
  const [chosen, setChosen] = useState<string | null>(() => {
    try {
      return localStorage.getItem(railStorageName);
    } catch {
      return null;
    }
  });
  const collapsed = chosen === null ? !roomy : chosen === 'narrow';
  const toggle = () => {
    const next = collapsed ? 'wide' : 'narrow';
    setChosen(next);
    try {
      localStorage.setItem(railStorageName, next);
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
  };
  return [collapsed, toggle];
}
