import { Alert, Anchor, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Schema } from "@/rpc";
import { useRead } from "@/rpc/react";
import { locale, useT } from "@/shared/i18n";
import { homeText } from "./text";

type Lost = Schema<"CapabilityRecord">;

/** At most this many models are named: the newest records. */
const most = 3;

/** What a model could do when it was last tried and cannot any more, for upstreams in use. */
export function Drifts() {
  const records = useRead("capabilities.list", {}, { every: 60_000 });
  const lost = (records.data?.items ?? []).filter((one) => one.drift.some(isLoss)).slice(0, most);
  return lost.map((one) => <Drift key={one.id} record={one} />);
}

const isLoss = (one: Lost["drift"][number]) => one.after === "no";

function Drift({ record }: { record: Lost }) {
  const t = useT(homeText);
  const upstream = useRead("upstreams.get", { ref: record.upstream });
  const { id, state } = upstream.data ?? {};
  // One that is gone or rests is nobody's worry now; a new one may have its name.
  if (id !== record.upstream_id || (state && state !== "enabled")) return null;
  const lost = record.drift.filter(isLoss);
  const day = new Date(record.before ?? record.at).toLocaleDateString(locale(), {
    day: "numeric",
    month: "short",
  });
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      // A page that is taller than the window would squeeze it.
      style={{ flexShrink: 0 }}
      data-drift
    >
      <Text size="sm" className="hw-break">
        {t("drift", {
          model: record.model,
          upstream: record.upstream,
          check: lost[0]?.check ?? "",
          count: lost.length,
          day,
        })}{" "}
        <Anchor
          component={Link}
          inherit
          c="inherit"
          underline="always"
          to={`/upstreams/${encodeURIComponent(record.upstream)}`}
          search={{ report: record.id } as never}
        >
          {t("driftReport")}
        </Anchor>
      </Text>
    </Alert>
  );
}
