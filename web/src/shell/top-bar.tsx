import { Search } from 'lucide-react';
import { Button } from '../components/button.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { useSession } from '../session/use-session.ts';
import { AccountMenu } from './account-menu.tsx';
import { Mark } from './mark.tsx';

const onApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** The gateway's address, the way to everything, and the person. */
export function TopBar({ onSearch }: { onSearch: () => void }) {
  const { base_url: baseUrl } = useSession();
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center justify-between gap-3 border-line border-b bg-canvas px-4 md:px-8">
      <span className="flex items-center gap-2 md:hidden">
        <Mark />
        <span className="font-strong text-control">Latchkey</span>
      </span>
      <span className="hidden min-w-0 items-center gap-1 md:flex">
        <span className="text-meta text-ink-3">Base URL</span>
        <code translate="no" className="truncate pl-1 text-meta text-ink-2">
          {baseUrl}
        </code>
        <CopyButton value={baseUrl} label="Copy base URL" size="icon" />
      </span>
      <span className="flex items-center gap-2">
        <Button variant="ghost" onClick={onSearch} aria-keyshortcuts={onApple ? 'Meta+K' : 'Control+K'}>
          <span className="sr-only">Go to page</span>
          <Search aria-hidden className="size-4" strokeWidth={1.5} />
          <kbd aria-hidden className="hidden text-ink-3 text-meta md:inline">
            {onApple ? '⌘K' : 'Ctrl K'}
          </kbd>
        </Button>
        <AccountMenu />
      </span>
    </header>
  );
}
