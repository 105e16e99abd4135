import { Anchor, Group, Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleX } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { clock, moment, number, ordinal, span } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { choiceOf, errorStatus, type Fallback, fallbacks } from "./standing";
import { homeText } from "./text";

type Status = Schema<"Status">;
type RouteStanding = Schema<"RouteStanding">;

const looks = {
  serving: { color: "teal", icon: IconCircleCheck },
  degraded: { color: "yellow", icon: IconAlertTriangle },
  down: { color: "red", icon: IconCircleX },
  empty: { color: "gray", icon: IconCircleDashed },
} as const;

/** How it looks: a route that nobody can answer is never a small matter. */
function lookOf(status: Status): keyof typeof looks {
  if (status.verdict === "empty") return "empty";
  if (status.verdict === "down" || status.routes[0]?.tier === 0) return "down";
  return status.routes.length > 0 ? "degraded" : status.verdict;
}

/** At most this many further routes are named. */
const named = 5;

/** Whether callers can be served now, in one sentence; the worst route first. */
export function Verdict({ status }: { status: Status }) {
  const t = useT(homeText);
  const [all, setAll] = useState(false);
  const { verdict, targets, targets_well: well, routes } = status;
  const look = looks[lookOf(status)];
  const [worst, ...others] = routes;
  const more = others.length + (status.routes_more ?? 0);
  const shown = all ? others : others.slice(0, named);
  return (
    <Paper withBorder p="md" role="status" data-verdict={verdict}>
      <Group wrap="nowrap" align="flex-start">
        <ThemeIcon variant="light" color={look.color} size="xl" radius="xl">
          <look.icon aria-hidden />
        </ThemeIcon>
        <div style={{ minWidth: 0 }}>
          <Title order={2} size="h3" className="hw-break">
            {worst ? (
              <>
                <Standing key={worst.route} standing={worst} effects />
                {more > 0 ? t("andMore", { count: more }) : ""}
              </>
            ) : (
              t(`verdict.${verdict}`)
            )}
          </Title>
          <Text size="sm">
            {verdict === "down" && targets === 0
              ? t("effect.out")
              : t(`effect.${verdict}`, { well: number(well), all: number(targets) })}
          </Text>
          {others.length > 0 ? (
            <Stack gap={0} m={0} mt={4} component="ul" p={0} style={{ listStyle: "none" }}>
              {shown.map((standing) => (
                <Text size="sm" key={standing.route} className="hw-break" component="li">
                  <Standing standing={standing} />
                </Text>
              ))}
              {more > shown.length ? (
                <Text size="sm" c="dimmed" component="li">
                  {!all && others.length > named ? (
                    <Anchor component="button" type="button" size="sm" onClick={() => setAll(true)}>
                      {t("moreRoutes", { count: more - shown.length })}
                    </Anchor>
                  ) : (
                    t("moreRoutes", { count: more - shown.length })
                  )}
                </Text>
              ) : null}
            </Stack>
          ) : null}
        </div>
      </Group>
    </Paper>
  );
}

/** "gpt-4o is on its 2nd choice since 14:02", with a link to the route. */
function Standing({ standing, effects }: { standing: RouteStanding; effects?: boolean }) {
  const t = useT(homeText);
  // Its document says which choice a tier is, and what answers when no target can.
  const route = useRead("routes.get", { ref: standing.route });
  const values = {
    route: placeholder,
    nth: ordinal(choiceOf(route.data, standing.tier)),
    upstream: standing.upstream ?? "",
    since: standing.since ? timeOf(standing.since) : "",
  };
  const words = standing.tier === 0 ? "standing.none" : "standing.later";
  return (
    <>
      <Linked route={standing.route}>{t(standing.since ? `${words}Since` : words, values)}</Linked>
      {effects && standing.tier === 0 ? <Effects standing={standing} route={route.data} /> : null}
    </>
  );
}

/** What callers get meanwhile. */
function Effects({ standing, route }: { standing: RouteStanding; route: Schema<"Route"> | undefined }) {
  const t = useT(homeText);
  const model = standing.route.replace(/\*$/, "");
  const explained = useRead("routes.explain", { model }, { enabled: model !== "" });
  if (!route) return null;
  const status = errorStatus(explained.data);
  const words = ({ kind, tier, waitMs }: Fallback) =>
    t(`fallback.${kind}`, { n: tier, status, wait: span(waitMs ?? 0) });
  return <>{t("callersGet", { what: fallbacks(route).map(words).join(t("orElse")) })}</>;
}

/** A sentence in which the route's name, wherever the language puts it, leads to the route. */
function Linked(props: { route: string; children: string }) {
  const [before, after] = props.children.split(placeholder);
  return (
    <>
      {before}
      <Anchor
        component={Link}
        to={`/routes/${encodeURIComponent(props.route)}`}
        inherit
        // In a sentence colour alone does not tell a link.
        underline="always"
      >
        {props.route}
      </Anchor>
      {after}
    </>
  );
}

/** Stands in the texts where the name goes; no name holds it. */
const placeholder = "\u0000";

/** The clock alone when it was today. */
function timeOf(at: string): string {
  return new Date(at).toDateString() === new Date().toDateString() ? clock(at) : moment(at);
}
