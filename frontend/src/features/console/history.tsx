import { Badge, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { clock, number } from "@/shared/format";
import { useT } from "@/shared/i18n";
import classes from "./console.module.css";
import { type Exchange, mostExchanges } from "./desk";
import { Fold } from "./fold";
import { consoleText } from "./text";

/** The calls of this session, each to be looked at again. */
export function Past(props: { exchanges: readonly Exchange[]; onOpen: (exchange: Exchange) => void }) {
  const t = useT(consoleText);
  const shown = props.exchanges.slice(0, mostExchanges);
  return (
    <Fold label={`${t("history")} (${number(shown.length)})`}>
      <Text size="xs" c="dimmed" mb={4}>
        {shown.length === 0 ? t("historyNone") : t("historyNote", { count: mostExchanges })}
      </Text>
      <Stack gap={2}>
        {shown.map((one) => (
          <UnstyledButton
            key={one.id}
            className={classes.past}
            onClick={() => props.onOpen(one)}
            aria-label={t("load", { path: one.input.path, time: clock(one.at) })}
          >
            <Group gap={6} wrap="nowrap">
              <Text size="xs" c="dimmed" className="hw-figures">
                {clock(one.at)}
              </Text>
              <Badge
                size="sm"
                variant="light"
                radius="sm"
                tt="none"
                color={one.status < 400 ? "teal" : "orange"}
              >
                {one.status || "…"}
              </Badge>
              <Text size="xs" truncate>
                {one.input.path}
              </Text>
            </Group>
          </UnstyledButton>
        ))}
      </Stack>
    </Fold>
  );
}
