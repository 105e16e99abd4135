import { Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Params } from "@/rpc";
import { useRead } from "@/rpc/react";
import { useRested } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { kindWord, mapText, strategyWord, targetsKind } from "@/shared/map";
import { Failure, HealthWords, StateBadge, shownState } from "@/shared/ui";
import { Fold } from "./fold";
import { consoleText } from "./text";

export type Thought = Params<"routes.explain">;

/** Which targets a call would be offered to, asked only while somebody looks; none says why there is no call yet. */
export function Why({ thought, none }: { thought: Thought | undefined; none: string }) {
  const t = useT(consoleText);
  const [opened, setOpened] = useState(false);
  return (
    <Fold label={t("why")} onToggle={setOpened}>
      {opened && thought ? <Explained thought={thought} /> : null}
      {opened && !thought ? <Text size="sm">{none}</Text> : null}
    </Fold>
  );
}

function Explained({ thought }: { thought: Thought }) {
  const t = useT(consoleText);
  const words = useT(mapText);
  // What is typed must rest; compared as text, because it is made anew each time.
  const asked = useRested(JSON.stringify(thought), 300);
  const read = useRead("routes.explain", JSON.parse(asked) as Thought, { every: 5000 });
  if (read.error) return <Failure error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return null;
  const { tiers = [], targets = [], ok, code } = read.data;
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">
        {t("whyNote")}
      </Text>
      {ok ? null : (
        <Text size="sm" fw={600} role="status">
          {code === "forbidden" ? t("whyForbidden") : t(tiers.length === 0 ? "whyUnknown" : "whyNobody")}
        </Text>
      )}
      {tiers.map((tier) => (
        <div key={tier.tier}>
          <Text size="sm" fw={600}>
            {tier.tier}. {kindWord(words, tier.kind)}
            {tier.strategy ? ` · ${strategyWord(words, tier.strategy)}` : ""}
          </Text>
          {tier.words ? (
            <Text size="xs" c="dimmed" className="hw-break">
              {tier.words}
            </Text>
          ) : null}
          {tier.kind === targetsKind && !tier.passed
            ? targets
                .filter((target) => target.tier === tier.tier)
                .map((target) => (
                  <div key={`${target.upstream}/${target.model}/${target.credential}`}>
                    <Group gap={6} wrap="nowrap" align="flex-start">
                      <Text size="sm" w={18} ta="right" className="hw-figures" aria-hidden>
                        {target.order || "–"}
                      </Text>
                      <Text size="sm" className="hw-break" td={target.order ? undefined : "line-through"}>
                        {target.upstream} / {target.model || thought.model}
                      </Text>
                      <StateBadge state={shownState(target)} />
                    </Group>
                    <div style={{ paddingInlineStart: 24 }}>
                      <HealthWords of={target} prefix="" />
                    </div>
                  </div>
                ))
            : null}
        </div>
      ))}
    </Stack>
  );
}
