// A drill in words: where, what, whose calls, and what will happen.

import type { Schema } from "@/rpc";
import { percent, span } from "@/shared/format";
import { locale, type Translate, useT } from "@/shared/i18n";
import { useFaultWord } from "@/shared/ui/faults";
import { drillDefaults, ofMachine, takes } from "./faults";
import { faultText } from "./faulttext";
import { drillText } from "./text";

type Spec = Schema<"DrillSpec">;
type T = Translate<(typeof drillText)["en"]>;
type FaultT = Translate<(typeof faultText)["en"]>;

/** "a, b and c", as the page's language joins names. */
export function joined(names: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(names);
}

/** 120 as "2 minutes", 90 as "90 seconds". */
export function spoken(seconds: number): string {
  const whole = seconds >= 60 && seconds % 60 === 0;
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit: whole ? "minute" : "second",
    unitDisplay: "long",
  }).format(whole ? seconds / 60 : seconds);
}

/** Seconds as a countdown: 1:12. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** 99.5 as 99.5 %, as the service counts it. */
export const share = (hundredths: number) => percent(hundredths / 100, 2);

/** The upstreams in a few words, for lists. */
function whereWords(t: T, spec: Spec): string {
  if (ofMachine(spec.fault)) return t("thisMachine");
  const where = spec.all_cloud ? t("allClouds") : joined(spec.upstreams ?? []);
  return spec.model ? t("modelOf", { model: spec.model, where }) : where;
}

/** Whose calls: "Every call of route fast in acme". */
export function whoWords(t: T, scope: Schema<"DrillScope"> | undefined): string {
  const { keys, apps, route, tenant, call_percent: part } = scope ?? {};
  if (!keys && !apps?.length && !route && !tenant) return t("whoNobody");
  return t("who", {
    lead: part && part < 100 ? t("whoPart", { percent: share(part) }) : t("whoEvery"),
    route: route ? t("whoRoute", { route }) : "",
    apps: apps?.length ? t("whoApps", { apps: joined(apps), count: apps.length }) : "",
    tenant: tenant ? t("whoTenant", { tenant }) : "",
    keys: keys ? t("whoKeys") : "",
  }).trim();
}

/** What is to come, or what was asked for. */
type Sentence = "sentence" | "sentenceAsked";

/** What will happen, in one sentence. */
export function sentenceOf(t: T, faults: FaultT, spec: Spec, key: Sentence = "sentence"): string {
  const time = spoken(spec.duration_s || drillDefaults.duration_s);
  const { fault } = spec;
  if (ofMachine(fault)) return faults(`of.${fault}.doing`, { time });
  const where = spec.all_cloud
    ? t("everyCloud")
    : spec.upstreams?.length
      ? joined(spec.upstreams)
      : t("someUpstream");
  const hint = takes(fault, "retryAfter") && spec.retry_after_s ? spoken(spec.retry_after_s) : "";
  return t(key, {
    who: whoWords(t, spec.scope),
    where: spec.model ? t("modelOf", { model: spec.model, where }) : where,
    doing: faults(`of.${fault}.doing`, {
      delay: span(spec.delay_ms || drillDefaults.delay_ms),
      flap: span((spec.flap_s || drillDefaults.flap_s) * 1000),
    }),
    share: spec.percent && spec.percent < 100 ? t("share", { percent: share(spec.percent) }) : "",
    time,
    hint: hint ? t("hint", { time: hint }) : "",
  });
}

export interface DrillWords {
  /** "openai: connection refused". */
  what: (spec: Spec) => string;
  /** "Every call of route fast"; empty for this machine's faults. */
  who: (spec: Spec) => string;
  sentence: (spec: Spec) => string;
  /** The same of a drill that is over. */
  asked: (spec: Spec) => string;
}

export function useDrillWords(): DrillWords {
  const t = useT(drillText);
  const faults = useT(faultText);
  const word = useFaultWord();
  return {
    what: (spec) => t("what", { where: whereWords(t, spec), fault: word(spec.fault) }),
    who: (spec) => (ofMachine(spec.fault) ? "" : whoWords(t, spec.scope)),
    sentence: (spec) => sentenceOf(t, faults, spec),
    asked: (spec) => sentenceOf(t, faults, spec, "sentenceAsked"),
  };
}

/** What health did, as the report tells it: "+1.2 s: endpoint api.openai.com: open since …". */
export interface Told {
  /** Milliseconds since the start; absent where the line is not of that form. */
  at?: number;
  kind?: "endpoint" | "credential" | "model" | "target";
  name?: string;
  state?: string;
  words: string;
}

const heads: [string, string][] = [
  ["not used yet", "unknown"],
  ["last answer failed", "tried"],
  ["recovering", "ramp"],
  ["in maintenance", "maintenance"],
  ["switched off", "disabled"],
  ...[
    "healthy",
    "throttled",
    "probing",
    "loading",
    "quarantined",
    "suspect",
    "degraded",
    "open",
    "draining",
  ].map((state): [string, string] => [state, state]),
];

export function toldOf(line: string): Told {
  const found = /^([+-]\d+(?:\.\d+)?) s: (endpoint|credential|model|target) (.*?): (.*)$/s.exec(line);
  const [, at, kind, name, words] = found ?? [];
  if (at === undefined || kind === undefined || name === undefined || words === undefined)
    return { words: line };
  const state = heads.find(([head]) => words.startsWith(head))?.[1];
  return {
    at: Number(at) * 1000,
    kind: kind as NonNullable<Told["kind"]>,
    name,
    words,
    ...(state ? { state } : {}),
  };
}
