import type { Permission } from '@latchkey/server/contract';
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { ApiFailure } from './api/api-failure.ts';
import { queryClient } from './api/query-client.ts';
import { NotFoundPage } from './pages/not-found-page.tsx';
import { sessionQuery } from './session/session-query.ts';

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** Without it the page says that it is not for this person. */
    permission?: Permission;
    /** What the page shows, for that sentence: "the list of people". */
    what?: string;
  }
}

/** The path that the console lives under, without a trailing slash: `/ui`, or `/root/ui`. */
const basepath = new URL(document.baseURI).pathname.replace(/\/[^/]*$/, '');

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: lazyRouteComponent(() => import('./pages/problem-page.tsx'), 'ProblemPage'),
});

/** What an address of the sign-in page may say. */
interface LoginSearch {
  /** The page of the console to open afterwards. */
  return?: string;
  /** The form for e-mail and password, also where people sign in with a provider. */
  local?: 1;
  /** The person has just signed out, and is not led back to a provider. */
  signed_out?: 1;
  /** Why a sign-in with a provider ended without one. */
  sso_error?: string;
  /** Under which the gateway's log holds the cause. */
  reference?: string;
}

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: (search): LoginSearch => {
    const wanted = search['return'];
    return {
      // Only a path of this console; `//elsewhere` would leave it.
      ...(typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) ? { return: wanted } : {}),
      ...(String(search['local']) === '1' ? { local: 1 } : {}),
      ...(String(search['signed_out']) === '1' ? { signed_out: 1 } : {}),
      ...textOf(search, 'sso_error'),
      ...textOf(search, 'reference'),
    };
  },
  component: lazyRouteComponent(() => import('./pages/login/login-page.tsx'), 'LoginPage'),
});

const forgotPassword = createRoute({
  getParentRoute: () => root,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('./pages/password-reset/forgot-password-page.tsx'), 'ForgotPasswordPage'),
});

const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('./pages/password-reset/reset-password-page.tsx'), 'ResetPasswordPage'),
});

const onboarding = createRoute({
  getParentRoute: () => root,
  path: '/onboarding',
  validateSearch: (search): { id?: string } => {
    const id = search['id'] ?? search['invitation_id'];
    return typeof id === 'string' && id !== '' ? { id } : {};
  },
  component: lazyRouteComponent(() => import('./pages/onboarding/onboarding-page.tsx'), 'OnboardingPage'),
});

const console = createRoute({
  getParentRoute: () => root,
  id: 'console',
  beforeLoad: async ({ context, location }) => {
    // Links of the form /ui?invitation_id=… are older invitations.
    const invitation = new URLSearchParams(location.searchStr).get('invitation_id');
    if (invitation !== null) throw redirect({ to: '/onboarding', search: { id: invitation } });
    try {
      await context.queryClient.ensureQueryData(sessionQuery);
    } catch (problem) {
      if (!(problem instanceof ApiFailure) || problem.status !== 401) throw problem;
      throw redirect({ to: '/login', search: location.href === '/' ? {} : { return: location.href } });
    }
  },
  component: lazyRouteComponent(() => import('./shell/shell.tsx'), 'Shell'),
});

const overview = createRoute({
  getParentRoute: () => console,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/overview-page.tsx'), 'OverviewPage'),
});

const keys = createRoute({
  getParentRoute: () => console,
  path: '/keys',
  staticData: { permission: 'key:read', what: 'keys' },
  validateSearch: (search): { search?: string; status?: string; sort?: string; create?: boolean } => ({
    ...textOf(search, 'search'),
    ...textOf(search, 'status'),
    ...textOf(search, 'sort'),
    ...(search['create'] === true ? { create: true } : {}),
  }),
  component: lazyRouteComponent(() => import('./pages/keys/keys-page.tsx'), 'KeysPage'),
});

const key = createRoute({
  getParentRoute: () => console,
  path: '/keys/$keyHash',
  staticData: { permission: 'key:read', what: 'keys' },
  validateSearch: (search): { tab?: string } => textOf(search, 'tab'),
  component: lazyRouteComponent(() => import('./pages/keys/key-page.tsx'), 'KeyPage'),
});

const usage = createRoute({
  getParentRoute: () => console,
  path: '/usage',
  staticData: { permission: 'usage:read', what: 'usage' },
  validateSearch: (search): Record<string, unknown> => search,
  component: lazyRouteComponent(() => import('./pages/usage/usage-page.tsx'), 'UsagePage'),
});

const caching = createRoute({
  getParentRoute: () => console,
  path: '/caching',
  staticData: { permission: 'caching:read', what: 'caching' },
  validateSearch: (search): Record<string, unknown> => search,
  component: lazyRouteComponent(() => import('./pages/caching/caching-page.tsx'), 'CachingPage'),
});

const users = createRoute({
  getParentRoute: () => console,
  path: '/users',
  staticData: { permission: 'user:list', what: 'the list of people' },
  validateSearch: (search): Record<string, unknown> => search,
  component: lazyRouteComponent(() => import('./pages/users/users-page.tsx'), 'UsersPage'),
});

const profile = createRoute({
  getParentRoute: () => console,
  path: '/profile',
  component: lazyRouteComponent(() => import('./pages/profile/profile-page.tsx'), 'ProfilePage'),
});

const settings = createRoute({
  getParentRoute: () => console,
  path: '/settings/{-$section}',
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
});

/** The console's router. */
export const router = createRouter({
  routeTree: root.addChildren([
    login,
    forgotPassword,
    resetPassword,
    onboarding,
    console.addChildren([overview, keys, key, usage, caching, users, settings, profile]),
  ]),
  basepath,
  context: { queryClient },
  defaultPreload: 'intent',
  scrollRestoration: true,
});

function textOf<Name extends string>(search: Record<string, unknown>, name: Name): { [Key in Name]?: string } {
  const value = search[name];
  const texts: { [Key in Name]?: string } = {};
  if (typeof value === 'string' && value !== '') texts[name] = value;
  return texts;
}
