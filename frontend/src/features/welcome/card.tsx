import {
  Box,
  Group,
  Paper,
  SegmentedControl,
  Stack,
  Text,
  Title,
  useMantineColorScheme,
} from "@mantine/core";
import type { ReactNode } from "react";
import { type Language, useLanguage, useT } from "@/shared/i18n";
import { cardText } from "./cardtext";

/** One calm card in the middle of the window, with language and theme at hand. */
export function Card(props: { title: string; note?: ReactNode; wide?: boolean; children: ReactNode }) {
  const t = useT(cardText);
  const [language, setLanguage] = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Box component="main" mih="100dvh" p="md" style={{ display: "grid", placeItems: "center" }}>
      <Stack w="100%" maw={props.wide ? 760 : 480} gap="md">
        <Paper withBorder p="lg" radius="md">
          <Stack gap="md">
            <div>
              <Title order={1} size="h3">
                {props.title}
              </Title>
              {props.note ? (
                <Text size="sm" c="dimmed" component="div">
                  {props.note}
                </Text>
              ) : null}
            </div>
            {props.children}
          </Stack>
        </Paper>
        <Group justify="space-between">
          <SegmentedControl
            size="xs"
            aria-label={t("language")}
            value={language}
            onChange={(value) => setLanguage(value as Language)}
            data={[
              { value: "en", label: "English" },
              { value: "zh", label: "中文" },
            ]}
          />
          <SegmentedControl
            size="xs"
            aria-label={t("theme")}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as "auto" | "light" | "dark")}
            data={[
              { value: "auto", label: t("auto") },
              { value: "light", label: t("light") },
              { value: "dark", label: t("dark") },
            ]}
          />
        </Group>
      </Stack>
    </Box>
  );
}
