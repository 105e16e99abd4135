import { Stack } from "@mantine/core";
import type { Schema } from "@/rpc";
import { useMayWrite, useRead } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { fromExplanation, RouteMap } from "@/shared/map";
import { SaveFailure, useUndo } from "@/shared/ui";
import { ownerOf } from "./dryrun";
import { useReorder } from "./reorder";
import { routeText } from "./text";

/** The route as a map with what is known of its targets now; dragging saves the new order. */
export function MappedRoute({ route, model }: { route: Schema<"Route">; model: string }) {
  const t = useT(routeText);
  const { may } = useMayWrite();
  const offer = useUndo();
  const explained = useRead(
    "routes.explain",
    { ...ownerOf(route), model },
    { enabled: model !== "", every: 5000 },
  );
  const upstreams = useRead("upstreams.list", { limit: 5000 });
  const providers = new Map(upstreams.data?.items.map((one) => [one.name, one.provider]));
  const order = useReorder(route, explained.data, (undo) =>
    offer(t("reordered", { name: route.name }), undo),
  );
  return (
    <Stack gap="xs">
      <RouteMap
        route={route.name}
        tiers={order.shown ?? fromExplanation(route, explained.data, providers)}
        onMove={order.move}
        readOnly={!may}
      />
      <SaveFailure
        error={order.error}
        name={route.name}
        kind="routes"
        mine={{ tiers: order.wanted }}
        onMine={order.insist}
        onTheirs={order.giveUp}
      />
    </Stack>
  );
}
