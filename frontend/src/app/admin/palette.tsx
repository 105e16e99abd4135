import { Kbd, Modal, Table } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { Spotlight, type SpotlightActionData, spotlight } from "@mantine/spotlight";
import {
  IconActivity,
  IconApps,
  IconBooks,
  IconPlus,
  IconRoute,
  type IconSearch,
  IconServer2,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useRead } from "@/rpc/react";
import { useRested } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { paletteText } from "./palettetext";
import { places } from "./places";
import { shellText } from "./text";

export const openPalette = () => spotlight.open();

type Go = (path: string, search?: Record<string, string>) => void;

/** Ctrl-K: go anywhere, do anything, find anything; and the keys that need no palette. */
export function Palette() {
  const t = useT(paletteText);
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const [sheet, setSheet] = useState(false);
  const go: Go = (path, search) => void navigate({ to: path as never, search: (search ?? {}) as never });
  useSequences(go, () => setSheet(true));
  return (
    <>
      <Spotlight
        actions={[...useScreens(go), ...useDeeds(go), ...useFound(query, go)]}
        query={query}
        onQueryChange={setQuery}
        shortcut={["mod + K"]}
        limit={20}
        scrollable
        maxHeight={420}
        nothingFound={t("nothing")}
        searchProps={{ placeholder: t("placeholder"), "aria-label": t("placeholder"), maxLength: 200 }}
        filter={(text, actions) => filterActions(text, actions as SpotlightActionData[])}
      />
      <Sheet opened={sheet} onClose={() => setSheet(false)} />
    </>
  );
}

function filterActions(text: string, actions: SpotlightActionData[]): SpotlightActionData[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return actions.filter((action) => {
    const hay = `${action.label} ${action.description} ${String(action.keywords ?? "")}`.toLowerCase();
    return words.every((word) => hay.includes(word));
  });
}

function useScreens(go: Go): SpotlightActionData[] {
  const t = useT(shellText);
  return places.map((place) => ({
    id: `go${place.to}`,
    label: t(place.key),
    description: place.keys,
    keywords: place.key,
    leftSection: <place.icon size={18} aria-hidden />,
    onClick: () => go(place.to),
  }));
}

function useDeeds(go: Go): SpotlightActionData[] {
  const t = useT(paletteText);
  const deeds = [
    ["connect", "/upstreams", "upstream provider new", "new"],
    ["route", "/routes", "route model new", "new"],
    ["app", "/apps", "app key new", "new"],
    ["drill", "/drills", "fire drill outage rehearse new", "new"],
    ["model", "/catalogue", "model price catalogue new", "new"],
    ["refresh", "/catalogue", "catalogue prices models.dev file update", "refresh"],
  ] as const;
  return deeds.map(([key, path, keywords, search]) => ({
    id: `do-${key}`,
    label: t(key),
    description: t("do"),
    keywords,
    leftSection: <IconPlus size={18} aria-hidden />,
    onClick: () => go(path, { [search]: "1" }),
  }));
}

/** Documents by name, and a call by its id. */
function useFound(query: string, go: Go): SpotlightActionData[] {
  const t = useT(paletteText);
  const q = useRested(query.trim());
  const enabled = q.length >= 2;
  const params = { q, limit: 5 };
  const upstreams = useRead("upstreams.list", params, { enabled });
  const routes = useRead("routes.list", params, { enabled });
  const apps = useRead("apps.list", params, { enabled });
  const models = useRead("models.list", params, { enabled });
  if (!enabled) return [];
  const found: SpotlightActionData[] = [];
  const add = (id: string, label: string, kind: string, icon: typeof IconSearch, run: () => void) => {
    const Icon = icon;
    found.push({
      id,
      label,
      description: kind,
      keywords: q,
      leftSection: <Icon size={18} aria-hidden />,
      onClick: run,
    });
  };
  for (const one of upstreams.data?.items ?? []) {
    add(`u-${one.name}`, one.name, t("upstream"), IconServer2, () =>
      go(`/upstreams/${encodeURIComponent(one.name)}`),
    );
  }
  for (const one of routes.data?.items ?? []) {
    add(`r-${one.name}`, one.name, t("routeNoun"), IconRoute, () =>
      go(`/routes/${encodeURIComponent(one.name)}`),
    );
  }
  for (const one of apps.data?.items ?? []) {
    const path = `/apps/${encodeURIComponent(one.tenant ?? "")}/${encodeURIComponent(one.name)}`;
    add(`a-${one.tenant}-${one.name}`, one.name, t("appNoun"), IconApps, () => go(path));
  }
  for (const one of models.data?.items ?? []) {
    const model = `${one.provider}/${one.id}`;
    add(`m-${model}`, model, t("modelNoun"), IconBooks, () => go("/catalogue", { model }));
  }
  if (q.startsWith("req_")) add("call", q, t("call"), IconActivity, () => go("/calls", { call: q }));
  return found;
}

/** g u, g l …: two keys, one after the other, outside of fields. */
function useSequences(go: Go, onHelp: () => void): void {
  const armed = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(go);
  latest.current = go;
  useHotkeys([["shift+?", onHelp]]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
      if (armed.current !== undefined) {
        clearTimeout(armed.current);
        armed.current = undefined;
        const place = places.find((one) => one.keys === `g ${event.key}`);
        if (place) {
          event.preventDefault();
          latest.current(place.to);
        }
      } else if (event.key === "g") {
        armed.current = setTimeout(() => {
          armed.current = undefined;
        }, 1200);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

function inField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function Sheet(props: { opened: boolean; onClose: () => void }) {
  const t = useT(paletteText);
  const shell = useT(shellText);
  const rows: [string, string][] = [
    ["Ctrl K", t("keyPalette")],
    ...places.map((place): [string, string] => [place.keys, shell(place.key)]),
    ["/", t("keySearch")],
    ["n", t("keyNew")],
    ["j k ↑ ↓", t("keyMove")],
    ["Enter", t("keyOpen")],
    ["Space", t("keyPause")],
    ["Ctrl S", t("keySave")],
    ["Esc", t("keyClose")],
    ["?", t("keySheet")],
  ];
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t("keys")}>
      <Table layout="fixed">
        <Table.Tbody>
          {rows.map(([keys, words]) => (
            <Table.Tr key={keys}>
              <Table.Td w={120}>
                <Kbd>{keys}</Kbd>
              </Table.Td>
              <Table.Td>{words}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
