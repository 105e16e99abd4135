import { Stack, Tabs, Text } from "@mantine/core";
import { useRead } from "@/rpc/react";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { Page } from "@/shared/ui";
import { Audit } from "./audit";
import { Configuration } from "./configuration";
import { Gateway } from "./gateway";
import { Members } from "./members";
import { settingsText } from "./text";

const tabs = [
  { id: "gateway", content: Gateway },
  { id: "members", content: Members },
  { id: "config", content: Configuration },
  { id: "audit", content: Audit },
  { id: "about", content: About },
] as const;

export function SettingsPage() {
  const t = useT(settingsText);
  const [filters, setFilters] = useFilters();
  const chosen = tabs.find((tab) => tab.id === filters.tab)?.id ?? "gateway";
  return (
    <Page title={t("title")}>
      <Tabs value={chosen} onChange={(tab) => setFilters({ tab: tab ?? undefined })} keepMounted={false}>
        <Tabs.List aria-label={t("title")} mb="md">
          {tabs.map((tab) => (
            <Tabs.Tab key={tab.id} value={tab.id}>
              {t(tab.id)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map((tab) => (
          <Tabs.Panel key={tab.id} value={tab.id}>
            <tab.content />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}

function About() {
  const t = useT(settingsText);
  const status = useRead("status.get", {});
  return (
    <Stack gap="xs">
      <Text>
        Headwater · {t("version")} {status.data?.version}
      </Text>
      <Text size="sm">{t("licence")}</Text>
      <Text size="sm">{t("marks")}</Text>
    </Stack>
  );
}
