// Which routes send calls to an upstream: nobody may think it unused and delete
// it while a route still names it.

import type { Schema } from "@/rpc";

type Route = Pick<Schema<"Route">, "name" | "tiers" | "fallback">;

/** The names of the routes that name an upstream, in a tier or for refused requests. */
export function usersOf(routes: Route[], upstream: string): string[] {
  return routes
    .filter((route) => targetsOf(route).some((one) => one.upstream === upstream))
    .map((route) => route.name);
}

function targetsOf({ tiers, fallback }: Route): Schema<"RouteTarget">[] {
  return [
    ...tiers.flatMap((tier) => tier.targets ?? []),
    ...(fallback?.context_overflow ?? []),
    ...(fallback?.content_policy ?? []),
  ];
}
