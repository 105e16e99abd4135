import { Anchor, Badge, Checkbox, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import type { Schema } from "@/rpc";
import { useCall, useCommand, useLineState, useMayWrite } from "@/rpc/react";
import { mostPublished, type Published, publish } from "@/shared/connect";
import { number, price } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { testWords } from "@/shared/i18n/problems";
import { CommandButton, Failure, Moment } from "@/shared/ui";
import { discoveredText } from "./discoveredtext";

type Listed = Schema<"UpstreamModel">;

/** How many models are in the page at once; the search finds the others. */
const most = 100;

/**
 * The models that an upstream has by its own word, and what the catalogue knows
 * of each; those that are chosen get a route. A fresh one is asked at once.
 */
export function Discovered({ upstream, fresh }: { upstream: string; fresh?: boolean }) {
  const t = useT(discoveredText);
  const ask = useCommand("upstreams.models");
  const { phase } = useLineState();
  const begun = useRef(false);
  const [chosen, setChosen] = useState<string[]>([]);
  // What is known stays in sight while it is asked for anew.
  const [list, setList] = useState<Schema<"UpstreamModels">>();
  const { mutate } = ask;
  const askNow = useCallback(() => mutate({ ref: upstream }, { onSuccess: setList }), [mutate, upstream]);
  useEffect(() => {
    if (!fresh || begun.current || phase !== "online") return;
    begun.current = true;
    askNow();
  }, [fresh, phase, askNow]);
  const why = list && !list.ok ? testWords({ ...list, diagnosis: list.words ?? "" }) : undefined;
  const [q, setQ] = useState("");
  const found = (list?.items ?? []).filter((one) => one.id.toLowerCase().includes(q.trim().toLowerCase()));
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t("note")}
        </Text>
        <CommandButton size="compact-sm" variant="default" loading={ask.isPending} onClick={askNow}>
          {t(list ? "again" : "ask")}
        </CommandButton>
      </Group>
      {ask.error ? <Failure error={ask.error} /> : null}
      {list && !list.ok ? (
        <Text size="sm" role="status" className="hw-break">
          {why?.what} {why?.next} {list.code}
        </Text>
      ) : null}
      {list?.ok && list.items.length === 0 ? (
        <Text size="sm" role="status">
          {t("nothing")}
        </Text>
      ) : null}
      {list?.ok && list.items.length > 0 ? (
        <>
          <Group justify="space-between">
            <Text size="sm" role="status">
              {t("sums", {
                count: number(list.items.length),
                unknown: number(list.unknown),
                deprecated: number(list.deprecated),
              })}{" "}
              <Moment at={list.at} ago />
            </Text>
            {list.items.length > 10 ? (
              <TextInput
                size="xs"
                aria-label={t("search")}
                placeholder={t("search")}
                value={q}
                onChange={(event) => setQ(event.currentTarget.value)}
              />
            ) : null}
          </Group>
          <Publish
            upstream={upstream}
            chosen={chosen}
            onDone={() => {
              setChosen([]);
              askNow();
            }}
          />
          <Models
            upstream={upstream}
            provider={list.provider}
            rows={found.slice(0, most)}
            chosen={chosen}
            onChosen={setChosen}
          />
          {found.length > most ? (
            <Text size="xs">{t("more", { count: number(found.length - most) })}</Text>
          ) : null}
        </>
      ) : null}
    </Stack>
  );
}

interface PublishProps {
  upstream: string;
  chosen: string[];
  onDone: () => void;
}

/** One route for each chosen model, in one go; what is there already stays. */
function Publish({ upstream, chosen, onDone }: PublishProps) {
  const t = useT(discoveredText);
  const call = useCall();
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<Published>();
  const run = () => {
    setBusy(true);
    void publish(call, upstream, chosen).then((result) => {
      setDone(result);
      setBusy(false);
      onDone();
    });
  };
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <CommandButton
          size="compact-sm"
          loading={busy}
          disabled={chosen.length === 0 || chosen.length > mostPublished}
          onClick={run}
        >
          {t("publish", { count: chosen.length })}
        </CommandButton>
        <Text size="xs" c="dimmed">
          {chosen.length > mostPublished ? t("tooMany", { count: mostPublished }) : t("publishNote")}
        </Text>
      </Group>
      {done ? (
        <Text size="sm" role="status">
          {t("published", { count: done.made.length })} {done.kept.length > 0 ? `${t("kept")} ` : null}
          {done.kept.map((route) => (
            <Anchor
              component={Link}
              size="sm"
              mr="xs"
              className="hw-break"
              key={route}
              to={`/routes/${encodeURIComponent(route)}`}
            >
              {route}
            </Anchor>
          ))}
        </Text>
      ) : null}
      {done?.failed.map(({ model, error }) => (
        <Failure key={model} error={error} title={model} />
      ))}
    </Stack>
  );
}

interface ModelsProps {
  upstream: string;
  provider: string;
  rows: Listed[];
  chosen: string[];
  onChosen: (chosen: string[]) => void;
}

function Models(props: ModelsProps) {
  const t = useT(discoveredText);
  const { may } = useMayWrite();
  if (props.rows.length === 0) return null;
  // No more than can be published in one go.
  const open = props.rows
    .filter((one) => !one.routes?.length)
    .map((one) => one.id)
    .slice(0, mostPublished);
  const all = open.length > 0 && open.every((id) => props.chosen.includes(id));
  const looks = { known: "teal", unknown: "gray", deprecated: "yellow" } as const;
  return (
    <Table layout="fixed" aria-label={t("title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={36}>
            <Checkbox
              size="xs"
              aria-label={t("chooseAll")}
              title={t("chooseAll")}
              disabled={!may || open.length === 0}
              checked={all}
              indeterminate={!all && props.chosen.length > 0}
              onChange={() => props.onChosen(all ? [] : open)}
            />
          </Table.Th>
          <Table.Th w="34%">{t("model")}</Table.Th>
          <Table.Th w={112}>{t("known")}</Table.Th>
          <Table.Th w={96}>{t("context")}</Table.Th>
          <Table.Th w={136} title={t("perMillion")}>
            {t("price")}
          </Table.Th>
          <Table.Th>{t("routes")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {props.rows.map((one) => (
          <Table.Tr key={one.id}>
            <Table.Td>
              <Checkbox
                size="xs"
                aria-label={t("chooseOf", { model: one.id })}
                disabled={!may}
                checked={props.chosen.includes(one.id)}
                onChange={(event) =>
                  props.onChosen(
                    event.currentTarget.checked
                      ? [...props.chosen, one.id]
                      : props.chosen.filter((id) => id !== one.id),
                  )
                }
              />
            </Table.Td>
            <Table.Td className="hw-break">
              {one.facts ? (
                <Anchor
                  component={Link}
                  size="sm"
                  to="/catalogue"
                  search={{ model: `${props.provider}/${one.id}` } as never}
                >
                  {one.id}
                </Anchor>
              ) : (
                one.id
              )}
            </Table.Td>
            <Table.Td>
              <Badge variant="light" radius="sm" tt="none" color={looks[one.known]}>
                {t(`states.${one.known}`)}
              </Badge>
            </Table.Td>
            <Table.Td className="hw-figures">{one.facts?.context ? number(one.facts.context) : "–"}</Table.Td>
            <Table.Td className="hw-figures">
              {one.facts?.price ? `${price(one.facts.price.input)} / ${price(one.facts.price.output)}` : "–"}
            </Table.Td>
            <Table.Td className="hw-break">
              {one.routes?.map((route) => (
                <Anchor
                  component={Link}
                  size="sm"
                  mr="xs"
                  key={route}
                  to={`/routes/${encodeURIComponent(route)}`}
                >
                  {route}
                </Anchor>
              ))}
              <Anchor
                component={Link}
                size="sm"
                style={{ whiteSpace: "nowrap" }}
                to="/routes"
                search={{ new: "1", upstream: props.upstream, model: one.id } as never}
                aria-label={t("makeOf", { model: one.id })}
              >
                {t("make")}
              </Anchor>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
