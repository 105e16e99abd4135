import {
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Loader,
  Paper,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCall, useRead } from "@/rpc/react";
import { useUpstreamTest } from "@/rpc/testrun";
import { type Engine, FoundEngines, guessProvider, KeyGuess, useAddressNote } from "@/shared/connect";
import { useT } from "@/shared/i18n";
import {
  Failure,
  ProviderMark,
  ProviderOption,
  SecretField,
  TestSteps,
  TestUnderWay,
  useVerified,
} from "@/shared/ui";
import { Card } from "./card";
import { finish, type Made, makeFirst, practiceWish, type Wish } from "./make";
import { welcomeText } from "./text";

/** Where the first calls go: the practice model, or an upstream of one's own. */
export function Choose(props: { onMade: (made: Made) => void }) {
  const t = useT(welcomeText);
  const call = useCall();
  const tester = useUpstreamTest();
  const [real, setReal] = useState(false);
  const [wish, setWish] = useState<Wish>({
    provider: "openai",
    baseUrl: "",
    local: false,
    key: "",
    model: "",
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CallError>();
  const [report, setReport] = useState<Schema<"TestReport">>();

  const goOn = (wanted: Wish, tested: Schema<"TestReport">) =>
    finish(call, wanted, tested).then(props.onMade);
  const run = (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    setReport(undefined);
    work()
      .catch((reason: unknown) => setError(asCallError(reason)))
      .finally(() => setBusy(false));
  };
  const make = (wanted: Wish) =>
    run(async () => {
      const tested = await makeFirst(call, tester.run, wanted);
      if (tested?.ok) await goOn(wanted, tested);
      else setReport(tested);
    });

  const note = `${t("step", { now: 2, all: 3 })} · ${t("chooseNote")}`;
  return (
    <Card title={t("chooseTitle")} note={note}>
      {real ? (
        <Connect
          wish={wish}
          onChange={setWish}
          busy={busy}
          onBack={() => setReal(false)}
          onSubmit={() => make(wish)}
          error={error}
        />
      ) : (
        <Stack>
          <Choice
            title={t("practice")}
            note={t("practiceNote")}
            autoFocus
            disabled={busy}
            onClick={() => make(practiceWish)}
          />
          <Choice title={t("real")} note={t("realNote")} disabled={busy} onClick={() => setReal(true)} />
          {error ? <Failure error={error} /> : null}
        </Stack>
      )}
      {tester.running ? (
        <TestUnderWay running={tester.running} onCancel={tester.cancel} />
      ) : busy ? (
        <Group gap="xs" role="status">
          <Loader size="xs" />
          <Text size="sm">{t("making")}</Text>
        </Group>
      ) : null}
      {report ? (
        <Stack gap="xs">
          <Text fw={600}>{t("testFailed")}</Text>
          <TestSteps report={report} />
          <Text size="sm">{t("testFailedNote")}</Text>
          <Group>
            <Button variant="default" onClick={() => run(() => goOn(real ? wish : practiceWish, report))}>
              {t("goOn")}
            </Button>
          </Group>
        </Stack>
      ) : null}
    </Card>
  );
}

function Choice(props: {
  title: string;
  note: string;
  onClick: () => void;
  disabled: boolean;
  autoFocus?: boolean;
}) {
  return (
    <Paper
      component="button"
      type="button"
      withBorder
      p="md"
      ta="left"
      bg="transparent"
      c="inherit"
      style={{ cursor: "pointer" }}
      autoFocus={props.autoFocus}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Text fw={600} component="span" display="block">
        {props.title}
      </Text>
      <Text size="sm" c="dimmed" component="span" display="block">
        {props.note}
      </Text>
    </Paper>
  );
}

interface ConnectProps {
  wish: Wish;
  onChange: (wish: Wish) => void;
  busy: boolean;
  onBack: () => void;
  onSubmit: () => void;
  error: CallError | undefined;
}

function Connect(props: ConnectProps) {
  const t = useT(welcomeText);
  const providers = useRead("providers.list", {});
  const verified = useVerified();
  const addressNote = useAddressNote();
  const { wish } = props;
  const set = (change: Partial<Wish>) => props.onChange({ ...wish, ...change });
  // Once somebody has chosen a provider, a key changes it no more by itself.
  const [chosen, setChosen] = useState(false);
  const [models, setModels] = useState<string[]>([]);
  const modelField = useRef<HTMLInputElement>(null);
  const pick = (provider: string): Partial<Wish> => {
    const next = providers.data?.items.find((one) => one.id === provider);
    return { provider, local: next?.local ?? false };
  };
  const paste = (key: string) => {
    const guess = chosen ? undefined : guessProvider(key);
    const known = providers.data?.items.some((one) => one.id === guess);
    set({ key, ...(guess && known ? pick(guess) : {}) });
  };
  const take = (engine: Engine) => {
    setChosen(true);
    setModels(engine.models);
    const model = engine.models[0] ?? "";
    set({ provider: engine.provider, baseUrl: engine.base_url, local: true, model, key: "" });
    // What is left to say is which of its models.
    modelField.current?.focus();
  };
  const known = providers.data?.items.find((provider) => provider.id === wish.provider);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onSubmit();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <FoundEngines onPick={take} busy={props.busy} fills />
        <Select
          label={t("provider")}
          searchable
          required
          allowDeselect={false}
          data={(providers.data?.items ?? [])
            .filter((provider) => !provider.practice)
            .map((provider) => ({ value: provider.id, label: provider.name }))}
          description={verified(known).note || undefined}
          renderOption={({ option }) => (
            <ProviderOption provider={option.value} label={option.label} among={providers.data?.items} />
          )}
          leftSection={<ProviderMark provider={wish.provider} />}
          value={wish.provider}
          onChange={(provider) => {
            setChosen(true);
            setModels([]);
            set(pick(provider ?? wish.provider));
          }}
        />
        <TextInput
          label={t("baseUrl")}
          description={addressNote(known)}
          descriptionProps={{ className: "hw-break" }}
          required={known !== undefined && !known.base_url}
          placeholder={known?.base_url ?? known?.base_template}
          value={wish.baseUrl}
          error={props.error?.at("base_url")}
          onChange={(event) => set({ baseUrl: event.currentTarget.value.trim() })}
        />
        <Checkbox
          label={t("local")}
          checked={wish.local}
          onChange={(event) => set({ local: event.currentTarget.checked })}
        />
        <SecretField
          label={t("key")}
          provider={known}
          note={t("keyNote")}
          value={wish.key}
          error={props.error?.at("secret")}
          onChange={paste}
        />
        <KeyGuess
          secret={wish.key}
          provider={wish.provider}
          among={providers.data?.items}
          onUse={(provider) => set(pick(provider))}
        />
        <Autocomplete
          ref={modelField}
          label={t("model")}
          description={t("modelNote")}
          required
          limit={50}
          data={models}
          value={wish.model}
          onChange={(model) => set({ model: model.trim() })}
        />
        {props.error ? <Failure error={props.error} /> : null}
        <Group justify="space-between">
          <Button variant="default" onClick={props.onBack}>
            {t("back")}
          </Button>
          <Button type="submit" loading={props.busy}>
            {t("connect")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
