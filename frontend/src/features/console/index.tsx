import { Button, Stack, Tabs } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useLine, useLineState } from "@/rpc/react";
import { useFilters } from "@/shared/hooks/filters";
import { useT } from "@/shared/i18n";
import { Empty, Failure, Page, Waiting } from "@/shared/ui";
import { Chat } from "./chat";
import { useChoices } from "./choices";
import classes from "./console.module.css";
import { type Desk, deskOf, type Exchange, headersOf, type View } from "./desk";
import { type Dialect, dialectOf, dialects, templatesOf } from "./dialects";
import { CopyAs, type Steps } from "./facts";
import { Past } from "./history";
import { Raw } from "./raw";
import { Caller, ChatSettings } from "./settings";
import { consoleText } from "./text";
import { type Thought, Why } from "./why";

/** Calls in the name of an app. steps draws the attempts of a call. */
export function ConsolePage({ steps }: { steps: Steps }) {
  const t = useT(consoleText);
  const line = useLine();
  const { member } = useLineState();
  const desk = deskOf(line, member ?? "");
  const view = useSyncExternalStore(desk.watch, desk.snapshot);
  const choices = useChoices(view.settings.app);
  const [filters, setFilters] = useFilters();
  const tab = filters.tab === "raw" ? "raw" : "chat";
  const [shownId, setShownId] = useState<number>();
  useLinked(desk, filters, setFilters);
  useFirst(desk, view, choices);

  const raws = view.exchanges.filter((one) => one.kind === "raw");
  const chosen = view.exchanges.find((one) => one.id === shownId);
  // A call that was just made is looked at, whatever was before.
  const shown = chosen && !(raws[0] && raws[0].id > chosen.id) ? chosen : raws[0];
  const open = (exchange: Exchange) => {
    desk.load(exchange);
    setShownId(exchange.id);
    setFilters({ tab: "raw" });
  };
  if (choices.error) {
    return (
      <Page title={t("title")}>
        <Failure error={choices.error} retry={choices.retry} />
      </Page>
    );
  }
  if (choices.loading || choices.apps.length === 0) {
    return (
      <Page title={t("title")}>
        {choices.loading ? (
          <Waiting />
        ) : (
          <Empty
            title={t("noApps")}
            why={t("noAppsWhy")}
            action={
              <Button component={Link} to="/apps">
                {t("addApp")}
              </Button>
            }
          />
        )}
      </Page>
    );
  }
  const fields = { desk, settings: view.settings, choices };
  return (
    <Page title={t("title")} note={t("note")}>
      <div className={classes.console}>
        <aside className={classes.side}>
          {tab === "chat" ? (
            <ChatSettings {...fields} />
          ) : (
            <Stack gap="sm" component="section" aria-label={t("settings")}>
              <Caller {...fields} raw />
            </Stack>
          )}
          <div>
            <Why
              thought={thoughtOf(view, tab)}
              none={t(tab === "raw" && view.settings.app ? "namesNone" : "pickFirst")}
            />
            {tab === "raw" ? <CopyAs input={draftInput(view)} /> : null}
            <Past exchanges={view.exchanges} onOpen={open} />
          </div>
        </aside>
        <Tabs
          value={tab}
          onChange={(to) => setFilters({ tab: to === "raw" ? "raw" : undefined })}
          keepMounted={false}
          className={classes.tabs}
        >
          <Tabs.List>
            <Tabs.Tab value="chat">{t("chat")}</Tabs.Tab>
            <Tabs.Tab value="raw">{t("raw")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="chat" pt="sm" className={classes.panel}>
            <Chat desk={desk} view={view} steps={steps} />
          </Tabs.Panel>
          <Tabs.Panel value="raw" pt="sm" className={classes.panel}>
            <Raw desk={desk} view={view} shown={shown} steps={steps} />
          </Tabs.Panel>
        </Tabs>
      </div>
    </Page>
  );
}

type SetFilters = ReturnType<typeof useFilters>[1];

/** A link from elsewhere says what to begin with; once that is done the address says no more of it. */
function useLinked(desk: Desk, filters: Record<string, string>, setFilters: SetFilters): void {
  const { app, model, dialect, path, method } = filters;
  useEffect(() => {
    if (!app && !model && !dialect && !path) return;
    desk.set({
      ...(app ? { app, key: "" } : {}),
      ...(model ? { model } : {}),
      ...(dialects.includes(dialect as Dialect) ? { dialect: dialect as Dialect } : {}),
    });
    if (path) {
      const known = Object.values(templatesOf(model || "MODEL"))
        .flat()
        .find((one) => one.path === path && (!method || one.method === method));
      desk.edit({
        path,
        method: known?.method ?? (method === "POST" ? "POST" : "GET"),
        body: known?.body ? JSON.stringify(known.body, null, 2) : "",
      });
    }
    setFilters({ app: undefined, model: undefined, dialect: undefined, path: undefined, method: undefined });
  }, [desk, app, model, dialect, path, method, setFilters]);
}

/** Where nothing was chosen yet, the first that there is. */
function useFirst(desk: Desk, view: View, choices: ReturnType<typeof useChoices>): void {
  const { app, model } = view.settings;
  const [firstApp, firstModel] = [choices.apps[0], choices.models[0]];
  // A model that is taken out by hand stays out: only another app asks anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (!app && firstApp) desk.set({ app: firstApp });
    else if (app && !model && firstModel) desk.set({ model: firstModel });
  }, [desk, app, firstApp, firstModel]);
}

function draftInput(view: View): Omit<Exchange["input"], "app" | "key"> {
  const { method, path, body } = view.draft;
  const { headers } = headersOf(view.draft.headers);
  return { method, path, headers, ...(body && method !== "GET" ? { body } : {}) };
}

/** The model that a raw request names, in its body or in its path. */
export function modelIn(path: string, body: string): string {
  const named = /^\/v1beta\/models\/([^:?]+)/.exec(path)?.[1];
  if (named) return decodeURIComponent(named);
  try {
    const { model } = JSON.parse(body) as { model?: unknown };
    return typeof model === "string" ? model : "";
  } catch {
    return "";
  }
}

/** The names that the service has for the dialects where they are others. */
const names: Partial<Record<Dialect, string>> = { responses: "openai-responses" };

/** The call that would be made now, as the dry run takes it. */
function thoughtOf(view: View, tab: "chat" | "raw"): Thought | undefined {
  const { settings, draft } = view;
  const [tenant = "", app = ""] = settings.app.split("/");
  const raw = tab === "raw";
  const model = raw ? modelIn(draft.path, draft.body) : settings.model;
  const dialect = raw ? dialectOf(draft.path) : settings.dialect;
  if (!model || !app) return undefined;
  return {
    model,
    tenant,
    app,
    dialect: names[dialect] ?? dialect,
    ...((raw ? /"stream"\s*:\s*true/.test(draft.body) : settings.stream) ? { stream: true } : {}),
    ...(raw && draft.headers ? { headers: draft.headers } : {}),
  };
}
