import { Group, Paper, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** One part of Home. */
export function Panel(props: { title: string; action?: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder p="md" miw={0}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          {props.title}
        </Title>
        {props.action}
      </Group>
      {props.children}
    </Paper>
  );
}
