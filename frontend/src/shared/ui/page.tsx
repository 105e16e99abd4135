import { Alert, Box, Button, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { CallError } from "@/rpc";
import { useSlow } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { problemWords } from "@/shared/i18n/problems";
import { uiText } from "./text";

/** One screen: its only h1, what can be done there, and its content. */
export function Page(props: { title: string; note?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <Stack gap="md" h="100%" miw={0}>
      <Group justify="space-between" align="flex-start" wrap="wrap" gap="sm">
        <Box miw={0}>
          <Title order={1} size="h2" tabIndex={-1} data-page-title>
            {props.title}
          </Title>
          {props.note ? (
            <Text size="sm" c="dimmed" component="div">
              {props.note}
            </Text>
          ) : null}
        </Box>
        {props.actions ? <Group gap="xs">{props.actions}</Group> : null}
      </Group>
      {props.children}
    </Stack>
  );
}

/** What is wrong: what happened, what to do next, the code and the request. */
export function Failure(props: { error: CallError; retry?: () => void; title?: string }) {
  const t = useT(uiText);
  const words = problemWords(props.error.problem);
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={props.title}
    >
      <Text size="sm" className="hw-break">
        {words.what}
      </Text>
      {words.next ? (
        <Text size="sm" mt={4} className="hw-break">
          {words.next}
        </Text>
      ) : null}
      <Group justify="space-between" mt="xs" gap="xs">
        <Text size="xs" ff="monospace">
          {props.error.problem.public}
          {props.error.problem.request_id ? ` · ${props.error.problem.request_id}` : ""}
        </Text>
        {props.retry ? (
          <Button size="compact-sm" variant="default" onClick={props.retry}>
            {t("retry")}
          </Button>
        ) : null}
      </Group>
    </Alert>
  );
}

/** Nothing is here: what this is, why it is empty, and the one thing to do. */
export function Empty(props: { title: string; why: string; action?: ReactNode; link?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <Text fw={600}>{props.title}</Text>
      <Text size="sm" c="dimmed" maw={480}>
        {props.why}
      </Text>
      {props.action}
      {props.link}
    </Stack>
  );
}

/** Waiting: nothing at first, then a sign of it. */
export function Waiting() {
  const t = useT(uiText);
  const slow = useSlow(true);
  return (
    <Group justify="center" py={48} aria-live="polite">
      {slow ? <Loader size="sm" role="img" aria-label={t("loading")} /> : null}
    </Group>
  );
}
