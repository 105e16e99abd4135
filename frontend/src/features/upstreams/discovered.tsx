import { Anchor, Badge, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schema } from "@/rpc";
import { useCommand } from "@/rpc/react";
import { number, price } from "@/shared/format";
import { useT } from "@/shared/i18n";
import { CommandButton, Failure, Moment } from "@/shared/ui";
import { discoveredText } from "./discoveredtext";

type Listed = Schema<"UpstreamModel">;

/** How many models are in the page at once; the search finds the others. */
const most = 100;

/** The models that an upstream has by its own word, and what the catalogue knows of each. */
export function Discovered({ upstream }: { upstream: string }) {
  const t = useT(discoveredText);
  const ask = useCommand("upstreams.models");
  const [q, setQ] = useState("");
  const list = ask.data;
  const found = (list?.items ?? []).filter((one) => one.id.toLowerCase().includes(q.trim().toLowerCase()));
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t("note")}
        </Text>
        <CommandButton
          size="compact-sm"
          variant="default"
          loading={ask.isPending}
          onClick={() => ask.mutate({ ref: upstream })}
        >
          {t(list ? "again" : "ask")}
        </CommandButton>
      </Group>
      {ask.error ? <Failure error={ask.error} /> : null}
      {list && !list.ok ? (
        <Text size="sm" role="status" className="hw-break">
          {list.words} {list.hint} {list.code}
        </Text>
      ) : null}
      {list?.ok ? (
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
          <Models upstream={upstream} provider={list.provider} rows={found.slice(0, most)} />
          {found.length > most ? (
            <Text size="xs">{t("more", { count: number(found.length - most) })}</Text>
          ) : null}
        </>
      ) : null}
    </Stack>
  );
}

function Models(props: { upstream: string; provider: string; rows: Listed[] }) {
  const t = useT(discoveredText);
  if (props.rows.length === 0) return null;
  const looks = { known: "teal", unknown: "gray", deprecated: "yellow" } as const;
  return (
    <Table layout="fixed" aria-label={t("title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w="36%">{t("model")}</Table.Th>
          <Table.Th>{t("known")}</Table.Th>
          <Table.Th>{t("context")}</Table.Th>
          <Table.Th title={t("perMillion")}>{t("price")}</Table.Th>
          <Table.Th>{t("routes")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {props.rows.map((one) => (
          <Table.Tr key={one.id}>
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
