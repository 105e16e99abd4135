import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { Broken, NotFound } from "./lost";
import { Shell } from "./shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Broken });

/** Search parts are texts; whoever reads one checks it. */
function onlyTexts(search: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(search).map(([key, value]) => [key, String(value)]));
}

function page(path: string, load: () => Promise<Record<string, unknown>>, name: string) {
  return createRoute({
    getParentRoute: () => root,
    path,
    validateSearch: onlyTexts,
    component: lazyRouteComponent(load as never, name as never),
    errorComponent: Broken,
  });
}

const routes = root.addChildren([
  page("/", () => import("@/features/home"), "HomePage"),
  page("/upstreams", () => import("@/features/upstreams"), "UpstreamsPage"),
  page("/upstreams/$name", () => import("@/features/upstreams"), "UpstreamPage"),
  page("/routes", () => import("@/features/routes"), "RoutesPage"),
  page("/routes/$name", () => import("@/features/routes"), "RoutePage"),
  page("/catalogue", () => import("@/features/catalogue"), "CataloguePage"),
  page("/apps", () => import("@/features/apps"), "AppsPage"),
  page("/apps/$tenant/$name", () => import("@/features/apps"), "AppPage"),
  page("/calls", () => import("@/features/calls"), "CallsPage"),
  page("/console", () => import("./console"), "ConsoleScreen"),
  page("/drills", () => import("@/features/drill"), "DrillsPage"),
  page("/drills/$id", () => import("@/features/drill"), "DrillPage"),
  page("/settings", () => import("@/features/settings"), "SettingsPage"),
]);

/** The screens by their addresses. */
export function newRouter() {
  return createRouter({
    routeTree: routes,
    history: createHashHistory(),
    defaultPreload: "intent",
    scrollRestoration: true,
    // Search values are plain texts in the address, not JSON.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(search as Record<string, string>).toString();
      return text ? `?${text}` : "";
    },
  });
}
