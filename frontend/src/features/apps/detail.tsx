import { Anchor, Group, Paper, Text, Title } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { CommandButton, DeleteDialog, Failure, History, Page, StateBadge, Waiting } from "@/shared/ui";
import { AppForm } from "./form";
import { Keys } from "./keys";
import { appText } from "./text";

export function AppPage() {
  const { tenant, name } = useParams({ strict: false }) as { tenant: string; name: string };
  const t = useT(appText);
  const app = useRead("apps.get", { ref: name, tenant });
  if (app.error && !app.data) {
    return (
      <Page title={name}>
        <Failure error={app.error} retry={() => void app.refetch()} />
        <Anchor component={Link} to="/apps">
          {t("title")}
        </Anchor>
      </Page>
    );
  }
  if (!app.data) {
    return (
      <Page title={name}>
        <Waiting />
      </Page>
    );
  }
  return <Detail key={app.data.id} app={app.data} tenant={tenant} />;
}

function Detail({ app, tenant }: { app: Schema<"App">; tenant: string }) {
  const t = useT(appText);
  const navigate = useNavigate();
  const [filters, setFilters] = useFilters();
  const [deleting, setDeleting] = useState(false);
  const update = useCommand("apps.update");
  const remove = useCommand("apps.delete");
  const off = app.state === "disabled";
  const ref = { ref: app.name, tenant };
  return (
    <Page
      title={app.title || app.name}
      note={
        <Group gap="xs">
          {off ? <StateBadge state="off" /> : null}
          <Text size="sm" className="hw-break">
            {tenant} / {app.name} · {t("routes")}:{" "}
            {app.routes.length > 0 ? app.routes.join(", ") : t("noRoutes")} · {t("criticality")}:{" "}
            {t(`critical.${app.criticality ?? "critical"}`)}
          </Text>
        </Group>
      }
      actions={
        <>
          <Anchor component={Link} to="/calls" search={{ app: app.name } as never} size="sm">
            {t("calls")}
          </Anchor>
          <CommandButton variant="default" onClick={() => setFilters({ edit: "1" }, true)}>
            {t("edit")}
          </CommandButton>
          <CommandButton
            variant="default"
            loading={update.isPending}
            onClick={() => update.mutate({ ...ref, body: { state: off ? "enabled" : "disabled" } })}
          >
            {off ? t("enable") : t("disable")}
          </CommandButton>
          <CommandButton variant="default" color="red" onClick={() => setDeleting(true)}>
            {t("delete")}
          </CommandButton>
        </>
      }
    >
      {update.error ? <Failure error={update.error} /> : null}
      <Keys app={app.name} tenant={tenant} model={app.routes.find((one) => !one.endsWith("*"))} />
      <Panel title={t("history")}>
        <History kind="app" id={app.id ?? ""} />
      </Panel>
      <AppForm
        opened={filters.edit === "1"}
        edited={app}
        onClose={() => setFilters({ edit: undefined })}
        onSaved={() => undefined}
      />
      <DeleteDialog
        name={app.name}
        opened={deleting}
        onClose={() => setDeleting(false)}
        busy={remove.isPending}
        error={remove.error}
        onDelete={() => remove.mutate(ref, { onSuccess: () => void navigate({ to: "/apps" as never }) })}
      >
        <Text size="sm">{t("delKeys")}</Text>
      </DeleteDialog>
    </Page>
  );
}

function Panel(props: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" miw={0}>
      <Title order={2} size="h5" mb="xs">
        {props.title}
      </Title>
      {props.children}
    </Paper>
  );
}
