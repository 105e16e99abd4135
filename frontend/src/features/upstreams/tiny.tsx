import { Autocomplete, Group, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useCommand } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { CommandButton } from "@/shared/ui";
import { tinyText } from "./tinytext";

interface TinyProps {
  upstream: string;
  busy: boolean;
  onTest: (model: string) => void;
}

/** How many names are offered at once; typing finds the others. */
const offered = 100;

/** A test that also asks a model for one word. Its names are asked for when somebody wants one. */
export function TinyCompletion(props: TinyProps) {
  const t = useT(tinyText);
  const ask = useCommand("upstreams.models");
  const [model, setModel] = useState("");
  const names = ask.data?.items.map((one) => one.id) ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (model.trim()) props.onTest(model.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack gap={4}>
        <Group gap="xs" align="flex-end">
          <Autocomplete
            size="xs"
            w={300}
            label={t("model")}
            maxLength={128}
            limit={offered}
            data={[...new Set(names)]}
            value={model}
            onChange={setModel}
            onFocus={() => {
              if (ask.isIdle) ask.mutate({ ref: props.upstream });
            }}
          />
          <CommandButton
            type="submit"
            size="xs"
            variant="default"
            loading={props.busy}
            disabled={model.trim() === ""}
          >
            {t("test")}
          </CommandButton>
        </Group>
        <Text size="xs" c="dimmed">
          {t("note")}
        </Text>
      </Stack>
    </form>
  );
}
