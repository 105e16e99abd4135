import type { Schema } from "@/rpc";
import { shownState } from "@/shared/ui/health";

type Target = Schema<"TargetHealth">;

/** From worst to best: an upstream shows the worst state that one of its targets has. */
const order = [
  // What a person has said holds for all of them.
  "disabled",
  "maintenance",
  "draining",
  "quarantined",
  "open",
  "throttled",
  "probing",
  "suspect",
  "degraded",
  "loading",
  "ramp",
  "healthy",
  "tried",
  "unknown",
] as const;

/** The state of each upstream, by name. */
export function stateByUpstream(targets: Target[]): Map<string, string> {
  const states = new Map<string, string>();
  for (const target of targets) {
    const before = states.get(target.upstream);
    const shown = shownState(target);
    if (before === undefined || rank(shown) < rank(before)) states.set(target.upstream, shown);
  }
  return states;
}

function rank(state: string): number {
  const at = (order as readonly string[]).indexOf(state);
  return at < 0 ? order.length : at;
}
