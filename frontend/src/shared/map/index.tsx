import { Box } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Waiting } from "@/shared/ui";
import type { RouteMapProps } from "./flow";

export type { RouteMapProps } from "./flow";
export { mapText } from "./text";
export {
  explains,
  fromExplanation,
  type MapCredential,
  type MapTarget,
  type MapTier,
  moveTarget,
  moveTier,
  type Place,
  type TierFigures,
  targetsKind,
  tiersOf,
} from "./tiers";
export { kindWord, strategyWord, tierDefaults, tierNote } from "./words";

// Drawn by a library that nothing else needs: whoever sees no map loads none of it.
const Flow = lazy(() => import("./flow"));

/** A route as a map: its name, its tiers in order and their targets as they are now. */
export function RouteMap(props: RouteMapProps) {
  return (
    <Suspense
      fallback={
        <Box mih={240}>
          <Waiting />
        </Box>
      }
    >
      <Flow {...props} />
    </Suspense>
  );
}
