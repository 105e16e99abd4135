import { Group, Stack, Text } from "@mantine/core";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { percent } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { kindWord, mapText, targetsKind, tierNote } from "@/shared/map";
import { Failure, HealthWords, StateBadge } from "@/shared/ui";
import { routeText } from "./text";

/** The dry run: where a call would go now, in which order, and what would be skipped. */
export function DryRun({ route, model }: { route: Schema<"Route">; model: string }) {
  const t = useT(routeText);
  const explained = useRead("routes.explain", { model }, { enabled: model !== "", every: 5000 });
  const targets = explained.data?.targets ?? [];
  return (
    <Stack gap="xs">
      {explained.error ? <Failure error={explained.error} retry={() => void explained.refetch()} /> : null}
      {explained.data && !explained.data.ok ? (
        <Text size="sm" fw={600} role="status">
          {t("nobody")}
        </Text>
      ) : null}
      <Stack gap="xs" component="ol" p={0} m={0} style={{ listStyle: "none" }}>
        {targets.map((target) => (
          <li key={`${target.tier}/${target.upstream}/${target.model}/${target.credential}`}>
            <Target target={target} />
          </li>
        ))}
      </Stack>
      <Others route={route} />
    </Stack>
  );
}

/** The tiers that have no targets: what they do, and where they come. */
function Others({ route }: { route: Schema<"Route"> }) {
  const t = useT(routeText);
  const words = useT(mapText);
  const others = route.tiers
    .map((tier, i) => ({ tier, n: i + 1 }))
    .filter(({ tier }) => tier.kind && tier.kind !== targetsKind);
  if (others.length === 0) return null;
  return (
    <div>
      <Text size="sm">{t("thenOther")}</Text>
      <Stack gap={2} component="ul" p={0} m={0} mt={4} style={{ listStyle: "none" }}>
        {others.map(({ tier, n }) => (
          <Text key={n} size="sm" component="li" className="hw-break">
            <Text span size="sm" fw={600}>
              {t("tier", { n })} · {kindWord(words, tier.kind ?? "")}
            </Text>{" "}
            · {tierNote(words, tier)}
          </Text>
        ))}
      </Stack>
    </div>
  );
}

function Target({ target }: { target: Schema<"ExplainedTarget"> }) {
  const t = useT(routeText);
  const words = target.order === 0 ? t("skipped") : target.order === 1 ? t("first") : t("next");
  return (
    <div>
      <Group gap="xs">
        <Text size="sm" fw={600} w={24} ta="right" className="hw-figures" aria-hidden>
          {target.order === 0 ? "–" : `${target.order}.`}
        </Text>
        <StateBadge state={target.state} />
        <Text size="sm" className="hw-break" td={target.order === 0 ? "line-through" : undefined}>
          {target.upstream}
          {target.model ? ` / ${target.model}` : ""}
        </Text>
        <Text size="xs" c="dimmed">
          {t("tier", { n: target.tier })} · {percent(target.share, 0)}
          {target.credential ? ` · ${target.credential}` : ""}
        </Text>
      </Group>
      <div style={{ paddingInlineStart: 32 }}>
        <HealthWords of={target} prefix={words} />
      </div>
    </div>
  );
}
