import { Button, Code, Group, Paper, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { dollars, duration, moment, percent } from "@/shared/format";
import { type Translate, useT } from "@/shared/i18n";
import { kindWord, mapText, strategyWord, targetsKind, tierNote } from "@/shared/map";
import { Failure, HealthWords, StateBadge, shownState } from "@/shared/ui";
import { SampleFields, useSample } from "./sample";
import { takeText } from "./taketext";
import { routeText } from "./text";

type Tier = Schema<"ExplainedTier">;
type Target = Schema<"ExplainedTarget">;

/** The dry run: which tiers a call would pass over, and in which order the targets of the others would be asked. */
export function DryRun({ route, model }: { route: Schema<"Route">; model: string }) {
  const t = useT(routeText);
  const takes = useT(takeText);
  const [certain, setCertain] = useState(false);
  const sample = useSample();
  const asked = { ...ownerOf(route), ...(certain ? sample.asked : {}), model };
  const explained = useRead("routes.explain", asked, { enabled: model !== "", every: 5000 });
  const tiers = explained.data?.tiers ?? [];
  const targets = explained.data?.targets ?? [];
  return (
    <Stack gap="sm">
      <Group>
        <Button variant="subtle" size="compact-sm" onClick={() => setCertain(!certain)}>
          {takes(certain ? "sample.close" : "sample.open")}
        </Button>
      </Group>
      {certain ? (
        <Paper withBorder p="sm" component="section" aria-label={takes("sample.title")}>
          <SampleFields values={sample.values} change={sample.change} />
        </Paper>
      ) : null}
      {explained.error ? <Failure error={explained.error} retry={() => void explained.refetch()} /> : null}
      {explained.data && !explained.data.ok ? (
        <Text size="sm" fw={600} role="status">
          {nobodyWords(t, takes, explained.data.code)}
        </Text>
      ) : null}
      <Stack gap="sm" component="ol" p={0} m={0} style={{ listStyle: "none" }}>
        {tiers.map((tier) => (
          <li key={tier.tier}>
            <Rung
              tier={tier}
              document={route.tiers[tier.tier - 1]}
              targets={targets.filter((target) => target.tier === tier.tier)}
            />
          </li>
        ))}
      </Stack>
    </Stack>
  );
}

/** Why nobody would answer. */
function nobodyWords(t: Translate<(typeof routeText)["en"]>, takes: Takes, code: string | undefined): string {
  if (code === "forbidden") return takes("notTaken");
  return code === "unsupported" ? takes("noneCan") : t("nobody");
}

/** What a target lacks of what the call needs, and what comes of that; empty when nothing. */
export function lacksWords(t: Takes, target: Target): string {
  const lacks = target.lacks ?? [];
  if (lacks.length === 0) return "";
  const needs = lacks.map((one) => t(`need.${one}` as "need.tools")).join(t("lacks.join"));
  const date = target.certified_at ? moment(target.certified_at) : "";
  return t(target.passed_over ? "lacks.over" : "lacks.same", { date, needs });
}

/** A tenant's own route is there for its own apps only. */
export function ownerOf(route: Schema<"Route">): { tenant?: string } {
  return route.tenant ? { tenant: route.tenant } : {};
}

/** One tier: passed over and why, or what it does. */
function Rung(props: { tier: Tier; document: Schema<"Tier"> | undefined; targets: Target[] }) {
  const takes = useT(takeText);
  const words = useT(mapText);
  const { tier, document } = props;
  const kind = kindWord(words, tier.kind);
  const strategy = strategyWord(words, tier.strategy);
  const passed = passedWords(takes, tier);
  return (
    <Stack gap={4}>
      <Text size="sm" fw={600}>
        {strategy
          ? takes("strategy", { n: tier.tier, kind, strategy })
          : takes("tier", { n: tier.tier, kind })}
      </Text>
      {document ? <Rule of={document} /> : null}
      {passed ? (
        <Text size="sm" c="dimmed" className="hw-break" data-passed={tier.passed}>
          {passed}
        </Text>
      ) : null}
      {tier.kind !== targetsKind && document && !passed ? (
        <Text size="sm" className="hw-break">
          {tierNote(words, document)}
        </Text>
      ) : null}
      {passed
        ? null
        : props.targets.map((target) => (
            <Row
              key={`${target.upstream}/${target.model}/${target.credential}`}
              target={target}
              strategy={tier.strategy ?? ""}
            />
          ))}
    </Stack>
  );
}

/** Which calls a tier takes; nothing where it takes all. */
function Rule({ of }: { of: Schema<"Tier"> }) {
  const t = useT(takeText);
  const words = [
    of.percent ? t("rule.percent", { share: percent(of.percent / 100, 0) }) : "",
    of.sticky_by ? t("rule.sticky", { by: of.sticky_by }) : "",
  ].filter(Boolean);
  return (
    <>
      {of.when ? (
        <Text size="xs" className="hw-break">
          {t("rule.when")} <Code>{of.when}</Code>
        </Text>
      ) : null}
      {words.length > 0 ? (
        <Text size="xs" className="hw-figures">
          {words.join(" · ")}
        </Text>
      ) : null}
    </>
  );
}

type Takes = Translate<(typeof takeText)["en"]>;

/** Why a tier is passed over; empty when it is not. */
export function passedWords(t: Takes, tier: Tier): string {
  if (!tier.passed) return "";
  return tier.error ? t("passed.error", { error: tier.error }) : t(`passed.${tier.passed}`);
}

/** What a tier's strategy goes by, of one target. */
export function figureWords(t: Takes, strategy: string, target: Target): string {
  const first = target.first_ms ? t("first", { time: duration(target.first_ms) }) : t("firstUnknown");
  const busy = t("underWay", { count: target.in_flight ?? 0 });
  switch (strategy) {
    case "latency":
      return first;
    case "balanced":
      return `${first} · ${busy}`;
    case "busy":
      return busy;
    case "cost":
      return target.cost_usd === undefined || target.cost_usd === null
        ? t("costUnknown")
        : t("cost", { usd: dollars(target.cost_usd) });
    default:
      return percent(target.share, 0);
  }
}

function Row({ target, strategy }: { target: Target; strategy: string }) {
  const t = useT(routeText);
  const takes = useT(takeText);
  const words = target.order === 0 ? t("skipped") : target.order === 1 ? t("first") : t("next");
  const lacks = lacksWords(takes, target);
  return (
    <div>
      <Group gap="xs">
        <Text size="sm" fw={600} w={24} ta="right" className="hw-figures" aria-hidden>
          {target.order === 0 ? "–" : `${target.order}.`}
        </Text>
        <StateBadge state={shownState(target)} />
        <Text size="sm" className="hw-break" td={target.order === 0 ? "line-through" : undefined}>
          {target.upstream}
          {target.model ? ` / ${target.model}` : ""}
        </Text>
        <Text size="xs" c="dimmed" className="hw-figures">
          {figureWords(takes, strategy, target)}
          {target.credential ? ` · ${target.credential}` : ""}
        </Text>
      </Group>
      <div style={{ paddingInlineStart: 32 }}>
        <HealthWords of={target} prefix={words} />
        {lacks ? (
          <Text size="xs" className="hw-break">
            {lacks}
          </Text>
        ) : null}
      </div>
    </div>
  );
}
