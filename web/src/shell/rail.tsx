import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { PanelLeft } from 'lucide-react';
import { Status } from '../components/status.tsx';
import { Tooltip } from '../components/tooltip.tsx';
import { useSession } from '../session/use-session.ts';
import { Mark } from './mark.tsx';
import { type NavItem, useNavItems } from './nav-items.ts';

/** The pages at the left edge: 216 px, or 56 px when collapsed. */
export function Rail({ collapsed, onToggle }: { collapsed: boolean; onToggle: () => void }) {
  const items = useNavItems();
  const session = useSession();
  const group = (name: NavItem['group']) => items.filter((item) => item.group === name);
  const organization = group('organization');
  return (
    <nav
      aria-label="Main"
      className={clsx(
        'sticky top-0 hidden h-dvh shrink-0 flex-col border-line border-r md:flex',
        collapsed ? 'w-14' : 'w-[216px]',
      )}
    >
      <Link
        to="/"
        aria-label="Latchkey, overview"
        className="flex h-12 shrink-0 items-center gap-2.5 px-[18px] focus-visible:-outline-offset-4"
      >
        <Mark />
        {!collapsed && <span className="font-strong text-control tracking-[-0.01em]">Latchkey</span>}
      </Link>
      <div className="flex min-h-0 grow flex-col gap-6 overflow-y-auto px-2 pt-3">
        <RailGroup items={group('you')} collapsed={collapsed} />
        {organization.length > 0 && <RailGroup heading="Organization" items={organization} collapsed={collapsed} />}
      </div>
      <div className="flex flex-col gap-0.5 px-2 pb-2">
        <RailGroup items={group('settings')} collapsed={collapsed} />
        <div
          className={clsx(
            'mt-1 flex items-center border-line border-t pt-2',
            collapsed ? 'justify-center' : 'justify-between pl-2.5',
          )}
        >
          {!collapsed && (
            <span className="text-meta text-ink-3">
              <Status>Version {session.version}</Status>
            </span>
          )}
          <button
            type="button"
            aria-label={collapsed ? 'Widen navigation' : 'Narrow navigation'}
            aria-expanded={!collapsed}
            onClick={onToggle}
            className="flex size-8 items-center justify-center rounded-control text-ink-3 hover:bg-sunken hover:text-ink"
          >
            <PanelLeft aria-hidden className="size-4" strokeWidth={1.5} />
          </button>
        </div>
      </div>
    </nav>
  );
}

function RailGroup({ heading, items, collapsed }: { heading?: string; items: readonly NavItem[]; collapsed: boolean }) {
  return (
    <div className="flex flex-col gap-0.5">
      {heading && !collapsed && <p className="px-2.5 pb-1 text-head text-ink-3">{heading}</p>}
      <ul className="flex flex-col gap-0.5">
        {items.map((item) => (
          <li key={item.to}>
            {collapsed ? (
              <Tooltip side="right" content={item.label}>
                <span>
                  <RailLink item={item} collapsed />
                </span>
              </Tooltip>
            ) : (
              <RailLink item={item} collapsed={false} />
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function RailLink({ item, collapsed }: { item: NavItem; collapsed: boolean }) {
  const Icon = item.icon;
  return (
    <Link
      to={item.to}
      activeOptions={{ exact: item.to === '/', includeSearch: false }}
      {...(collapsed ? { 'aria-label': item.label } : {})}
      className="relative flex h-8 items-center gap-2.5 rounded-control px-3 text-control text-ink-2 hover:bg-sunken hover:text-ink data-[status=active]:bg-sunken data-[status=active]:text-ink data-[status=active]:before:absolute data-[status=active]:before:inset-y-1.5 data-[status=active]:before:-left-2 data-[status=active]:before:w-0.5 data-[status=active]:before:bg-ink pointer-coarse:h-11"
    >
      <Icon aria-hidden className="size-4 shrink-0" strokeWidth={1.5} />
      {!collapsed && item.label}
    </Link>
  );
}
