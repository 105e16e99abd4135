// What can be chosen: apps, their keys, and the models that an app may ask for.

import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";

type App = Schema<"App">;
type Route = Schema<"Route">;

export const appName = (app: Pick<App, "tenant" | "name">): string => `${app.tenant}/${app.name}`;

/** Whether an app may ask for a route by this name; a trailing * stands for any rest. */
export function mayAsk(app: Pick<App, "routes">, name: string): boolean {
  return (app.routes ?? []).some((pattern) =>
    pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name,
  );
}

/** The names that an app can ask for as they are; a route for many names has none. */
export function modelsOf(app: Pick<App, "routes" | "tenant"> | undefined, routes: Route[]): string[] {
  if (!app) return [];
  return routes
    .filter(
      (route) =>
        route.state !== "disabled" &&
        !route.name.endsWith("*") &&
        (!route.tenant || route.tenant === app.tenant) &&
        mayAsk(app, route.name),
    )
    .map((route) => route.name);
}

export function useChoices(chosen: string) {
  const apps = useRead("apps.list", { limit: 5000 });
  const routes = useRead("routes.list", { limit: 5000 });
  const [tenant = ""] = chosen.split("/");
  const keys = useRead("keys.list", { tenant, limit: 5000 }, { enabled: tenant !== "" });
  const app = apps.data?.items.find((one) => appName(one) === chosen);
  return {
    loading: apps.isPending,
    error: apps.error ?? routes.error,
    retry: () => {
      void apps.refetch();
      void routes.refetch();
    },
    apps: apps.data?.items.map(appName) ?? [],
    keys: keys.data?.items.filter((key) => key.app === app?.name).map((key) => key.name) ?? [],
    models: modelsOf(app, routes.data?.items ?? []),
  };
}
