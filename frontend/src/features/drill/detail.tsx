import { Anchor, Button, Group } from "@mantine/core";
import { IconDownload, IconPrinter } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Schema } from "@/rpc";
import { useLine, useRead } from "@/rpc/react";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { CommandButton, CopyButton, Failure, Page, Waiting } from "@/shared/ui";
import classes from "./drill.module.css";
import { DrillForm } from "./form";
import { Live } from "./live";
import { useRunning } from "./news";
import { Report } from "./report";
import { drillText } from "./text";
import { useDrillWords } from "./words";

type Drill = Schema<"Drill">;

/** One drill: its figures while it runs, its report afterwards. */
export function DrillPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const t = useT(drillText);
  const [live, setLive] = useState(true);
  const drill = useRead("drills.get", { id }, live ? { every: 1000 } : {});
  useEffect(() => {
    if (drill.data) setLive(drill.data.state === "running");
  }, [drill.data]);
  if (drill.data) return <One drill={drill.data} />;
  return (
    <Page title={t("one")}>
      {drill.error ? (
        <>
          <Failure error={drill.error} retry={() => void drill.refetch()} />
          <Anchor component={Link} to="/drills">
            {t("list")}
          </Anchor>
        </>
      ) : (
        <Waiting />
      )}
    </Page>
  );
}

function One({ drill }: { drill: Drill }) {
  const words = useDrillWords();
  const navigate = useNavigate();
  const [filters, setFilters] = useFilters();
  const busy = useRunning() !== undefined;
  const running = drill.state === "running";
  return (
    <Page
      title={words.what(drill.spec)}
      note={words.who(drill.spec)}
      actions={
        running ? null : (
          <div className={classes.screen}>
            <Actions drill={drill} busy={busy} onAgain={() => setFilters({ new: "1" }, true)} />
          </div>
        )
      }
    >
      {running ? <Live drill={drill} /> : <Report drill={drill} />}
      <DrillForm
        opened={filters.new === "1"}
        onClose={() => setFilters({ new: undefined })}
        onStarted={(next) => void navigate({ to: `/drills/${encodeURIComponent(next.id)}` as never })}
        again={drill}
      />
    </Page>
  );
}

function Actions(props: { drill: Drill; busy: boolean; onAgain: () => void }) {
  const t = useT(drillText);
  const line = useLine();
  const { drill } = props;
  const text = JSON.stringify(drill, null, 2);
  return (
    <Group gap="xs">
      {/* The window has no downloads. */}
      {line.window ? (
        <CopyButton text={text} label={t("copyJson")} />
      ) : (
        <Button
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
          onClick={() => save(`drill-${drill.id}.json`, text)}
        >
          {t("download")}
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<IconPrinter size={16} aria-hidden />}
        onClick={() => window.print()}
      >
        {t("print")}
      </Button>
      <CommandButton variant="default" onClick={props.onAgain} {...(props.busy ? { why: t("busy") } : {})}>
        {t("again")}
      </CommandButton>
    </Group>
  );
}

/** Hands a text to the browser as a file. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
