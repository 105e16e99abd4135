// A tier in words, for the map and for whatever else shows a ladder.

import { span } from "@/shared/format";
import type { Translate } from "@/shared/i18n";
import { mapText } from "./text";
import type { TierFigures } from "./tiers";

type T = Translate<(typeof mapText)["en"]>;

/** What an empty figure means. Source: the service's document. */
export const tierDefaults = { stale_s: 86_400, wait_ms: 30_000, expire_s: 86_400 } as const;

/** The kind of a tier in words; one that this page does not know keeps its own name. */
export function kindWord(t: T, kind: string): string {
  return kind in mapText.en.kind ? t(`kind.${kind}` as "kind.targets") : kind;
}

const strategies = [
  "weighted",
  "priority",
  "balanced",
  "affinity",
  "latency",
  "busy",
  "cost",
  "sticky",
] as const;

export function strategyWord(t: T, strategy: string | undefined): string {
  const known = strategies.find((one) => one === strategy);
  return known ? t(known) : (strategy ?? "");
}

/** What a tier without targets is set to. */
export function tierNote(t: T, tier: TierFigures): string {
  switch (tier.kind) {
    case "cache": {
      const stale = span((tier.stale_s || tierDefaults.stale_s) * 1000);
      return tier.fresh_s
        ? t("note.fresh", { fresh: span(tier.fresh_s * 1000), stale })
        : t("note.stale", { stale });
    }
    case "hold":
      return t("note.hold", { wait: span(tier.wait_ms || tierDefaults.wait_ms) });
    case "deferred":
      return t("note.deferred", { expire: span((tier.expire_s || tierDefaults.expire_s) * 1000) });
    case "scripted":
      return t("note.scripted", { text: tier.text ?? "" });
    default:
      return "";
  }
}
