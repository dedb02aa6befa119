import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { sessionQuery, statusQuery } from "./api/session.ts";
import { AppShell } from "./layout/app-shell.tsx";
import { FrontPage } from "./layout/front-page.tsx";
import { ProblemCard } from "./ui/problem-card.tsx";

type Context = { readonly queries: QueryClient };

type SignInSearch = { readonly from: string; readonly signInError?: string };

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("./pages/setup/setup-page.tsx"), "SetupPage"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  // Only a path of this server: whoever sends a link must not choose where one is after signing in.
  validateSearch: ({ from, signInError }: Record<string, unknown>): SignInSearch => ({
    from: typeof from === "string" && /^\/(?![/\\])/.test(from) ? from : "/",
    ...(typeof signInError === "string" && { signInError }),
  }),
  async beforeLoad({ context: { queries } }) {
    const { isSetUp } = await queries.ensureQueryData(statusQuery);
    if (!isSetUp) throw redirect({ to: "/setup" });
  },
  component: lazyRouteComponent(() => import("./pages/sign-in/sign-in-page.tsx"), "SignInPage"),
});

/** Everything that needs somebody who has signed in. Who has not comes back here afterwards. */
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  async beforeLoad({ context: { queries }, location }) {
    const session = await queries.ensureQueryData(sessionQuery);
    if (session !== null) return;
    // An identity provider that refuses somebody sends them to the overview.
    const { signInError } = location.search as Partial<SignInSearch>;
    const search = signInError === undefined ? { from: location.href } : { from: "/", signInError };
    throw redirect({ to: "/sign-in", search });
  },
  component: AppShell,
});

const overview = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/overview/overview-page.tsx"), "OverviewPage"),
});

const services = createRoute({
  getParentRoute: () => shell,
  path: "/services",
  component: lazyRouteComponent(() => import("./pages/services/services-page.tsx"), "ServicesPage"),
});

const service = createRoute({
  getParentRoute: () => shell,
  path: "/services/$id",
  component: lazyRouteComponent(() => import("./pages/services/service-page.tsx"), "ServicePage"),
});

const routeTree = root.addChildren([setup, signIn, shell.addChildren([overview, services, service])]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: "intent",
    defaultPendingMs: 150,
    defaultErrorComponent: ({ error, reset }) => (
      <FrontPage title="This page cannot be shown">
        <ProblemCard error={error} onRetry={reset} />
      </FrontPage>
    ),
    defaultNotFoundComponent: () => (
      <FrontPage title="There is no such page">
        <a href="/" className="text-accent underline">
          Go to the overview
        </a>
      </FrontPage>
    ),
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
