import { Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { percent } from "@/shared/format";
import { useRested } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { Failure, HealthWords, StateBadge } from "@/shared/ui";
import { routeText } from "./text";

/** The dry run: where a call would go now, in which order, and what would be skipped. */
export function DryRun({ route }: { route: Schema<"Route"> }) {
  const t = useT(routeText);
  const wildcard = route.name.endsWith("*");
  const [asked, setAsked] = useState(wildcard ? route.name.slice(0, -1) : route.name);
  const model = useRested(asked);
  const explained = useRead("routes.explain", { model }, { enabled: model !== "", every: 5000 });
  const targets = explained.data?.targets ?? [];
  return (
    <Stack gap="xs">
      {wildcard ? (
        <TextInput
          label={t("asked")}
          value={asked}
          maxLength={200}
          onChange={(event) => setAsked(event.currentTarget.value)}
        />
      ) : null}
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
    </Stack>
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
