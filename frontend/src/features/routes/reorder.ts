import { useEffect, useRef, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCommand } from "@/rpc/react";
import { explains, type MapTier, tiersOf } from "@/shared/map";

type Route = Schema<"Route">;
type Tier = Schema<"Tier">;

interface Reordering {
  /** The order that was asked for and is not yet read back. */
  shown: MapTier[] | undefined;
  error: CallError | undefined;
  /** What was to be saved when it failed. */
  wanted: Tier[] | undefined;
  move(next: MapTier[]): void;
  /** Saves over what is there, given the version that is there now. */
  insist(version: number): void;
  giveUp(): void;
}

/**
 * Saves a route's order as it is moved about: one save after the other, each
 * on the version that the one before has made. What was moved stays where it
 * was put until the service's own word is read back.
 */
export function useReorder(
  route: Route,
  explanation: Schema<"Explanation"> | undefined,
  onSaved: (undo: () => void) => void,
): Reordering {
  const update = useCommand("routes.update", ["health"]);
  // While something is being saved, places are those of the route as it was.
  const [moved, setMoved] = useState<{ base: Route; shown: MapTier[]; saved: boolean }>();
  const [failed, setFailed] = useState<{ error: CallError; wanted: Tier[] }>();
  const version = useRef(route.version);
  const latest = useRef(route.tiers);
  const line = useRef<Promise<void>>(Promise.resolve());
  const waiting = useRef(0);
  useEffect(() => {
    if (waiting.current > 0 || (route.version ?? 0) < (version.current ?? 0)) return;
    version.current = route.version;
    latest.current = route.tiers;
  }, [route]);
  useEffect(() => {
    if (!moved?.saved) return;
    const read = (route.version ?? 0) >= (version.current ?? 0);
    if (read && explains(route, explanation)) setMoved(undefined);
  }, [moved, route, explanation]);

  const save = (tiers: Tier[], undoable: boolean, basedOn?: number) => {
    const before = latest.current;
    latest.current = tiers;
    waiting.current++;
    setFailed(undefined);
    line.current = line.current.then(async () => {
      try {
        const based = basedOn ?? version.current;
        const body = { tiers, ...(based ? { version: based } : {}) };
        const saved = await update.mutateAsync({ ref: route.name, body });
        version.current = saved.version;
        if (undoable) onSaved(() => save(before, false));
      } catch (reason) {
        latest.current = before;
        setFailed({ error: asCallError(reason), wanted: tiers });
        setMoved(undefined);
      }
      waiting.current--;
      if (waiting.current === 0) setMoved((now) => now && { ...now, saved: true });
    });
  };
  return {
    shown: moved?.shown,
    error: failed?.error,
    wanted: failed?.wanted,
    move(next) {
      const base = moved?.base ?? route;
      setMoved({ base, shown: next, saved: false });
      save(tiersOf(base, next), true);
    },
    insist: (now) => {
      if (failed) save(failed.wanted, true, now);
    },
    giveUp: () => setFailed(undefined),
  };
}
