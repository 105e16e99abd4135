import { Anchor, Group, Text } from "@mantine/core";
import { IconFlame } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { Schema } from "@/rpc";
import { useT } from "@/shared/i18n";
import { CommandButton, Failure } from "@/shared/ui";
import classes from "./drill.module.css";
import { useEnd, useNews } from "./news";
import { drillText } from "./text";
import { countdown, useDrillWords } from "./words";

/** Says on every page that a drill runs, whoever started it, and ends it. */
export function DrillBanner() {
  const t = useT(drillText);
  const words = useDrillWords();
  const running = useNews();
  const before = useRef(false);
  useEffect(() => {
    if (running) before.current = true;
  }, [running]);
  const told = running ? t("began", { what: words.what(running.spec) }) : before.current ? t("over") : "";
  return (
    <>
      <p role="status" className={classes.told}>
        {told}
      </p>
      {running ? <Bar key={running.id} drill={running} /> : null}
    </>
  );
}

function Bar({ drill }: { drill: Schema<"Drill"> }) {
  const t = useT(drillText);
  const words = useDrillWords();
  const { end, pending, error } = useEnd(drill.id);
  const who = words.who(drill.spec);
  return (
    <section aria-label={t("one")} className={classes.banner} data-drill-banner={drill.id}>
      <Group justify="space-between" gap="xs" wrap="wrap">
        <Group gap="xs" wrap="nowrap" miw={0} flex="1 1 240px">
          <IconFlame size={20} aria-hidden style={{ flexShrink: 0 }} />
          <Text size="sm" className="hw-break" lineClamp={2}>
            <b>{t("banner", { what: words.what(drill.spec) })}</b>
            {who ? ` · ${who}` : ""}
          </Text>
        </Group>
        <Group gap="sm" wrap="nowrap">
          <TimeLeft drill={drill} />
          <Anchor component={Link} to={`/drills/${drill.id}`} size="sm" c="inherit" td="underline">
            {t("look")}
          </Anchor>
          <CommandButton size="compact-sm" color="red.9" loading={pending} onClick={end}>
            {t("end")}
          </CommandButton>
        </Group>
      </Group>
      {error ? <Failure error={error} /> : null}
    </section>
  );
}

/** The milliseconds until a moment; every clock that shows it moves on at once. */
function useLeft(until: number): number {
  const [now, setNow] = useState(Date.now);
  const left = until - now;
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), (((until - Date.now()) % 1000) + 1000) % 1000 || 1000);
    return () => clearTimeout(timer);
  });
  return left;
}

/** The clock of a drill: "1:12 left". */
export function TimeLeft({ drill }: { drill: Schema<"Drill"> }) {
  const t = useT(drillText);
  const left = useLeft(Date.parse(drill.ends_at));
  return (
    <Text size="sm" fw={600} role="timer" className="hw-figures" style={{ whiteSpace: "nowrap" }}>
      {left > 0 ? t("left", { time: countdown(left) }) : t("ending")}
    </Text>
  );
}

/** The same as large as it can be. */
export function EndButton({ drill }: { drill: Schema<"Drill"> }) {
  const t = useT(drillText);
  const { end, pending, error } = useEnd(drill.id);
  return (
    <>
      <CommandButton size="lg" color="red.9" loading={pending} onClick={end}>
        {t("end")}
      </CommandButton>
      {error ? <Failure error={error} /> : null}
    </>
  );
}
