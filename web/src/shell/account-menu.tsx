import { useNavigate } from '@tanstack/react-router';
import { LogOut, UserRound } from 'lucide-react';
import { Menu } from '../components/menu.tsx';
import { personName } from '../session/person-name.ts';
import { roleLabel } from '../session/role-words.ts';
import { signOut } from '../session/sign-out.ts';
import { useSession } from '../session/use-session.ts';
import { type ThemeChoice, themeChoices, useTheme } from '../theme/theme.ts';

/** What the theme choices are called. */
export const themeLabels: Readonly<Record<ThemeChoice, string>> = {
  system: 'System theme',
  light: 'Light theme',
  dark: 'Dark theme',
};

/** The person, their profile, the theme, and the way out. */
export function AccountMenu() {
  const session = useSession();
  const navigate = useNavigate();
  const [theme, chooseTheme] = useTheme();
  const name = personName(session);
  return (
    <Menu
      trigger={
        <button
          type="button"
          className="relative flex size-8 items-center justify-center rounded-full border border-line-strong bg-surface font-medium text-meta after:absolute after:-inset-1.5 hover:bg-sunken"
        >
          <span className="sr-only">Account of {name}</span>
          <span aria-hidden>{initialsOf(name)}</span>
        </button>
      }
      heading={
        <div className="flex flex-col">
          <span className="[overflow-wrap:anywhere]">{name}</span>
          <span className="text-meta text-ink-3">{roleLabel(session.role)}</span>
        </div>
      }
      items={[
        {
          label: 'Profile',
          icon: <UserRound aria-hidden className="size-4" strokeWidth={1.5} />,
          onSelect: () => void navigate({ to: '/profile' }),
        },
        'separator',
        ...themeChoices.map((choice) => ({
          label: themeLabels[choice],
          checked: choice === theme,
          onSelect: () => chooseTheme(choice),
        })),
        'separator',
        {
          label: 'Log out',
          icon: <LogOut aria-hidden className="size-4" strokeWidth={1.5} />,
          onSelect: () => void signOut(),
        },
      ]}
    />
  );
}

function initialsOf(name: string): string {
  const words = name
    .replace(/@.*$/, '')
    .split(/[\s._-]+/)
    .filter((word) => word !== '');
  const letters = words.length > 1 ? `${words[0]?.[0] ?? ''}${words[1]?.[0] ?? ''}` : (words[0] ?? '?').slice(0, 2);
  return letters.toUpperCase();
}
