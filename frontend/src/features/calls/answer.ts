import type { Schema } from "@/rpc";
import type { Translate } from "@/shared/i18n";
import { kindWord, type mapText } from "@/shared/map";

type Call = Schema<"Call">;

/** The kind of the tier that answered, where it asked no upstream. */
export function answeredBy(call: Call): string | undefined {
  if (call.status >= 400 || call.upstream) return undefined;
  return call.attempts.findLast((attempt) => attempt.kind && attempt.class === "ok")?.kind;
}

/** Who or what answered, in a few words. */
export function answererOf(words: Translate<(typeof mapText)["en"]>, call: Call): string {
  if (call.upstream) return `${call.upstream} / ${call.model ?? ""}`;
  const kind = answeredBy(call);
  return kind ? kindWord(words, kind) : "–";
}
