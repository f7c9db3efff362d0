import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { ApiError, setPasswordLeaked, setUnauthorized } from './api/http.ts';
import type { Session, SignIn } from './api/types.ts';
import { accessSearch } from './components/AccessFilters.tsx';
import { Frame } from './components/Frame.tsx';
import { RouteProblem } from './components/RouteProblem.tsx';
import { sessionQuery } from './hooks/useSession.ts';
import { setLanguage } from './i18n/i18n.ts';
import { localPath } from './local-path.ts';
import { NotFoundPage } from './pages/NotFoundPage.tsx';
import { queryClient } from './query.ts';

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: RouteProblem });

const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: '/anmelden',
  validateSearch: (search: Record<string, unknown>): { weiter?: string } => {
    // Only back into our own pages: an address from elsewhere is dropped.
    const weiter = localPath(search.weiter);
    return weiter === undefined ? {} : { weiter };
  },
  component: lazyRouteComponent(() => import('./pages/door/SignInPage.tsx'), 'SignInPage'),
});
const start = createRoute({
  getParentRoute: () => rootRoute,
  path: '/start',
  component: lazyRouteComponent(() => import('./pages/door/JoinPage.tsx'), 'JoinPage'),
});
const leakedPassword = createRoute({
  getParentRoute: () => rootRoute,
  path: '/passwort',
  beforeLoad: async () => {
    const session = await signedIn();
    if (!session.passwordLeaked) throw redirect({ to: session.kind === 'admin' ? '/portal' : '/konsole' });
  },
  component: lazyRouteComponent(() => import('./pages/door/LeakedPasswordPage.tsx'), 'LeakedPasswordPage'),
});
const invitation = createRoute({
  getParentRoute: () => rootRoute,
  path: '/einladung',
  component: lazyRouteComponent(() => import('./pages/door/JoinPage.tsx'), 'JoinPage'),
});

/** Without a session to the sign-in page, and back afterwards. */
async function signedIn(path?: string): Promise<Session> {
  try {
    const session = await queryClient.ensureQueryData(sessionQuery);
    setLanguage(session.language);
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'unauthorized')
      throw redirect({ to: '/anmelden', search: path === undefined ? {} : { weiter: path } });
    throw error;
  }
}

/** Behind the door. */
async function inside(kind: Session['kind'], path: string): Promise<void> {
  const session = await signedIn(path);
  if (session.passwordLeaked) throw redirect({ to: '/passwort' });
  if (session.kind !== kind) throw redirect({ to: session.kind === 'admin' ? '/portal' : '/konsole' });
}

const console_ = createRoute({
  getParentRoute: () => rootRoute,
  path: '/konsole',
  beforeLoad: ({ location }) => inside('staff', location.pathname),
  component: Frame,
});
const portal = createRoute({
  getParentRoute: () => rootRoute,
  path: '/portal',
  beforeLoad: ({ location }) => inside('admin', location.pathname),
  component: Frame,
});
const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/konsole' });
  },
});

const customerSearch = (search: Record<string, unknown>): { kunde?: string } =>
  typeof search.kunde === 'string' && /^[0-9a-f-]{36}$/.test(search.kunde) ? { kunde: search.kunde } : {};

const logSearch = ({ log }: Record<string, unknown>): { log?: 'operator' | 'access' | 'orders' } =>
  log === 'operator' || log === 'access' || log === 'orders' ? { log } : {};

const consoleRoutes = [
  createRoute({
    getParentRoute: () => console_,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/OverviewPage.tsx'), 'OverviewPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'kunden',
    component: lazyRouteComponent(() => import('./pages/CustomersPage.tsx'), 'CustomersPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'kunden/$customer',
    component: lazyRouteComponent(() => import('./pages/CustomerPage.tsx'), 'CustomerPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'freigaben',
    validateSearch: (search: Record<string, unknown>): { stand?: 'open' | 'closed' } =>
      search.stand === 'open' || search.stand === 'closed' ? { stand: search.stand } : {},
    component: lazyRouteComponent(() => import('./pages/GrantsPage.tsx'), 'GrantsPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'freigaben/neu',
    validateSearch: customerSearch,
    component: lazyRouteComponent(() => import('./pages/GrantFormPage.tsx'), 'GrantFormPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'freigaben/$grant',
    component: lazyRouteComponent(() => import('./pages/GrantPage.tsx'), 'GrantPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'freigaben/$grant/daten',
    component: lazyRouteComponent(() => import('./pages/ViewerPage.tsx'), 'ViewerPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'zugriffe',
    validateSearch: (search: Record<string, unknown>) => ({ ...customerSearch(search), ...accessSearch(search) }),
    component: lazyRouteComponent(() => import('./pages/AccessesPage.tsx'), 'AccessesPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'loeschungen',
    validateSearch: customerSearch,
    component: lazyRouteComponent(() => import('./pages/ErasuresPage.tsx'), 'ErasuresPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'alarme',
    component: lazyRouteComponent(() => import('./pages/AlarmsPage.tsx'), 'AlarmsPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'wiederherstellung',
    component: lazyRouteComponent(() => import('./pages/RecoveryPage.tsx'), 'RecoveryPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'nachweise',
    component: lazyRouteComponent(() => import('./pages/ClaimsPage.tsx'), 'ClaimsPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'team',
    component: lazyRouteComponent(() => import('./pages/TeamPage.tsx'), 'TeamPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'anmeldungen',
    validateSearch: ({ ausgang }: Record<string, unknown>): { ausgang?: SignIn['outcome'] } =>
      ausgang === 'ok' || ausgang === 'failed' || ausgang === 'locked' || ausgang === 'limited' ? { ausgang } : {},
    component: lazyRouteComponent(() => import('./pages/SignInsPage.tsx'), 'SignInsPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'dienste',
    component: lazyRouteComponent(() => import('./pages/ServicesPage.tsx'), 'ServicesPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'protokoll',
    validateSearch: (search: Record<string, unknown>) => ({ ...customerSearch(search), ...logSearch(search) }),
    component: lazyRouteComponent(() => import('./pages/JournalPage.tsx'), 'JournalPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'einstellungen',
    component: lazyRouteComponent(() => import('./pages/SettingsPage.tsx'), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: () => console_,
    path: 'konto',
    component: lazyRouteComponent(() => import('./pages/AccountPage.tsx'), 'AccountPage'),
  }),
] as const;

const portalRoutes = [
  createRoute({
    getParentRoute: () => portal,
    path: '/',
    component: lazyRouteComponent(() => import('./pages/portal/PortalPage.tsx'), 'PortalPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'anfragen',
    component: lazyRouteComponent(() => import('./pages/GrantsPage.tsx'), 'GrantsPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'anfragen/$grant',
    component: lazyRouteComponent(() => import('./pages/GrantPage.tsx'), 'GrantPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'zugriffe',
    validateSearch: accessSearch,
    component: lazyRouteComponent(() => import('./pages/AccessesPage.tsx'), 'AccessesPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'loeschungen',
    component: lazyRouteComponent(() => import('./pages/ErasuresPage.tsx'), 'ErasuresPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'abschied',
    component: lazyRouteComponent(() => import('./pages/portal/LeavingPage.tsx'), 'LeavingPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'protokoll',
    validateSearch: logSearch,
    component: lazyRouteComponent(() => import('./pages/JournalPage.tsx'), 'JournalPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'admins',
    component: lazyRouteComponent(() => import('./pages/portal/AdminsPage.tsx'), 'AdminsPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'einstellungen',
    component: lazyRouteComponent(() => import('./pages/portal/PolicyPage.tsx'), 'PolicyPage'),
  }),
  createRoute({
    getParentRoute: () => portal,
    path: 'konto',
    component: lazyRouteComponent(() => import('./pages/AccountPage.tsx'), 'AccountPage'),
  }),
] as const;

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    home,
    signIn,
    start,
    leakedPassword,
    invitation,
    console_.addChildren(consoleRoutes),
    portal.addChildren(portalRoutes),
  ]),
  defaultErrorComponent: RouteProblem,
  scrollRestoration: true,
  // What no route has checked is not handed on to any.
  search: { strict: true },
});

setUnauthorized(() => {
  const path = localPath(window.location.pathname);
  queryClient.removeQueries({ queryKey: ['session'] });
  void router.navigate({ to: '/anmelden', search: path === undefined ? {} : { weiter: path } });
});

setPasswordLeaked(() => {
  queryClient.removeQueries({ queryKey: ['session'] });
  void router.navigate({ to: '/passwort' });
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
