import { Link, useNavigate } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { Menu } from '../components/menu.tsx';
import { useNavItems } from './nav-items.ts';

const tabClass =
  'flex h-14 grow basis-0 flex-col items-center justify-center gap-0.5 text-head text-ink-2 focus-visible:-outline-offset-2 data-[status=active]:text-ink data-[status=active]:shadow-[inset_0_2px_0_var(--ink)]';

/** The rail's place on phones: four pages, and More. */
export function BottomBar() {
  const items = useNavItems();
  const navigate = useNavigate();
  const tabs = items.filter((item) => item.group === 'you');
  const more = items.filter((item) => item.group !== 'you');
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 flex border-line border-t bg-canvas pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {tabs.map(({ to, label, icon: Icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={tabClass}>
          <Icon aria-hidden className="size-5" strokeWidth={1.5} />
          {label}
        </Link>
      ))}
      <Menu
        side="top"
        items={more.map(({ to, label, icon: Icon }) => ({
          label,
          icon: <Icon aria-hidden className="size-4" strokeWidth={1.5} />,
          onSelect: () => void navigate({ to }),
        }))}
        trigger={
          <button type="button" className={tabClass}>
            <Ellipsis aria-hidden className="size-5" strokeWidth={1.5} />
            More
          </button>
        }
      />
    </nav>
  );
}
