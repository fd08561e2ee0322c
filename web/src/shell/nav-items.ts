import type { Permission } from '@latchkey/server/contract';
import { BarChart3, DatabaseZap, House, KeyRound, type LucideIcon, Settings, UserRound, Users } from 'lucide-react';
import { useSession } from '../session/use-session.ts';

/** A page that the rail leads to. */
export interface NavItem {
  to: '/' | '/keys' | '/usage' | '/caching' | '/users' | '/settings/{-$section}' | '/profile';
  label: string;
  icon: LucideIcon;
  /** The letter after `g` that goes there. */
  letter: string;
  group: 'you' | 'organization' | 'settings';
  /** Shown only with this permission; absent: everybody. */
  permission?: Permission;
}

const items: readonly NavItem[] = [
  { to: '/', label: 'Overview', icon: House, letter: 'o', group: 'you' },
  { to: '/keys', label: 'Keys', icon: KeyRound, letter: 'k', group: 'you', permission: 'key:read' },
  { to: '/usage', label: 'Usage', icon: BarChart3, letter: 'u', group: 'you', permission: 'usage:read' },
  { to: '/caching', label: 'Caching', icon: DatabaseZap, letter: 'c', group: 'you', permission: 'caching:read' },
  { to: '/users', label: 'Users', icon: Users, letter: 'p', group: 'organization', permission: 'user:list' },
  {
    to: '/settings/{-$section}',
    label: 'Settings',
    icon: Settings,
    letter: 't',
    group: 'settings',
    permission: 'single-sign-on:read',
  },
  { to: '/profile', label: 'Profile', icon: UserRound, letter: 's', group: 'settings' },
];

/** The pages this person has. */
export function useNavItems(): readonly NavItem[] {
  const { capabilities } = useSession();
  return items.filter((item) => item.permission === undefined || capabilities[item.permission] !== undefined);
}
