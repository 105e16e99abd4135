import {
  Accordion,
  Button,
  Checkbox,
  Drawer,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { type FormEvent, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { type Engine, FoundEngines, guessProvider, KeyGuess, useAddressNote } from "@/shared/connect";
import { useDraft } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import {
  CommandButton,
  fieldErrors,
  NumberField,
  ProviderMark,
  ProviderOption,
  SaveFailure,
  SecretField,
  uiText,
  useVerified,
} from "@/shared/ui";
import { Breaker, FreeCheck } from "./policy";
import { policyText } from "./policytext";
import { upstreamText } from "./text";
import { bodyOf, emptyValues, engineValues, type Values, valuesOf } from "./values";

type Upstream = Schema<"Upstream">;

interface FormProps {
  opened: boolean;
  onClose: () => void;
  onSaved: (saved: Upstream) => void;
  /** The upstream to change; absent means a new one. */
  edited?: Upstream;
}

/** Connects an upstream, or changes one. */
export function UpstreamForm(props: FormProps) {
  const t = useT(upstreamText);
  return (
    <Drawer
      opened={props.opened}
      onClose={props.onClose}
      position="right"
      size="lg"
      title={props.edited ? `${t("edit")}: ${props.edited.name}` : t("connect")}
    >
      <Body key={props.edited?.name ?? ""} {...props} />
    </Drawer>
  );
}

function Body(props: FormProps) {
  const t = useT(upstreamText);
  const ui = useT(uiText);
  const { edited } = props;
  const providers = useRead("providers.list", {});
  const verified = useVerified();
  const addressNote = useAddressNote();
  const create = useCommand("upstreams.create");
  const update = useCommand("upstreams.update");
  const addKey = useCommand("credentials.create");
  const [values, setValues] = useState<Values>(() => (edited ? valuesOf(edited) : emptyValues));
  const current = values;
  const [version, setVersion] = useState(edited?.version);
  const [secret, setSecret] = useState("");
  // It is there already where only its key was refused.
  const [made, setMade] = useState<Upstream>();
  // A provider that was guessed may be guessed anew; one that was chosen may not.
  const [guessed, setGuessed] = useState("");
  const [opened, setOpened] = useState<string[]>([]);
  const [error, setError] = useState<CallError>();
  const set = (change: Partial<Values>) => setValues((before) => ({ ...before, ...change }));
  // A draft of an earlier page may lack what has come since.
  const draft = useDraft(`upstream.${edited?.name ?? ""}`, values, set);
  const known = providers.data?.items.find((one) => one.id === values.provider);
  const errors = error ? fieldErrors(error) : {};
  const fixed = edited !== undefined || made !== undefined;

  const save = async (basedOn = version, values = current) => {
    setError(undefined);
    try {
      const there = edited ?? made;
      const saved = there
        ? await update.mutateAsync({
            ref: there.name,
            body: { ...bodyOf(values, true), ...(basedOn ? { version: basedOn } : {}) },
          })
        : await create.mutateAsync({
            body: { ...bodyOf(values, false), name: values.name, provider: values.provider },
          });
      draft.forget();
      if (!edited) {
        setMade(saved);
        setVersion(saved.version);
      }
      if (secret) {
        await addKey.mutateAsync({ body: { name: `${saved.name}-key`, upstream: saved.name, secret } });
        setSecret("");
      }
      props.onClose();
      props.onSaved(saved);
    } catch (reason) {
      const failed = asCallError(reason);
      setError(failed);
      // A section that hides what is wrong is of no help.
      setOpened((before) => [...new Set([...before, ...sectionsOf(fieldErrors(failed))])]);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  useHotkeys([["mod+S", () => void save()]], []);

  const pick = (provider: string | null) => {
    const next = providers.data?.items.find((one) => one.id === provider);
    if (!next) return;
    set({
      provider: next.id,
      local: next.local ?? false,
      name: values.name === "" || values.name === values.provider ? next.id : values.name,
    });
  };
  const paste = (key: string) => {
    setSecret(key);
    const guess = fixed ? undefined : guessProvider(key);
    if (guess && guess !== values.provider && (values.provider === "" || values.provider === guessed)) {
      setGuessed(guess);
      pick(guess);
    }
  };
  // One that wants no key is connected with this click: there is nothing more to say.
  const take = (engine: Engine) => {
    const next = engineValues(engine, providers.data?.items ?? []);
    set(next);
    if (!engine.needs_key) void save(undefined, { ...values, ...next });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {fixed ? null : <FoundEngines onPick={take} busy={create.isPending} />}
        <Select
          label={t("provider")}
          required
          searchable
          allowDeselect={false}
          disabled={fixed}
          data={(providers.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          description={verified(known).note || undefined}
          renderOption={({ option }) => (
            <ProviderOption provider={option.value} label={option.label} among={providers.data?.items} />
          )}
          leftSection={values.provider ? <ProviderMark provider={values.provider} /> : null}
          value={values.provider || null}
          onChange={pick}
          error={errors.provider}
        />
        <TextInput
          label={t("name")}
          description={t("nameNote")}
          required
          disabled={fixed}
          maxLength={64}
          value={values.name}
          error={errors.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label={t("label")}
          description={t("labelNote")}
          maxLength={200}
          value={values.title}
          error={errors.title}
          onChange={(event) => set({ title: event.currentTarget.value })}
        />
        {known?.practice ? null : (
          <>
            <TextInput
              label={t("baseUrl")}
              description={addressNote(known)}
              descriptionProps={{ className: "hw-break" }}
              placeholder={known?.base_url ?? known?.base_template}
              required={known !== undefined && !known.base_url}
              value={values.baseUrl}
              error={errors.base_url}
              onChange={(event) => set({ baseUrl: event.currentTarget.value })}
            />
            <Checkbox
              label={t("local")}
              description={t("localNote")}
              checked={values.local}
              onChange={(event) => set({ local: event.currentTarget.checked })}
            />
          </>
        )}
        {edited || known?.practice ? null : (
          <SecretField
            label={t("key")}
            provider={known}
            note={t("keyNote")}
            value={secret}
            error={errors.secret}
            onChange={paste}
          />
        )}
        {fixed ? null : (
          <KeyGuess secret={secret} provider={values.provider} among={providers.data?.items} onUse={pick} />
        )}
        <Sections
          values={values}
          errors={errors}
          set={set}
          opened={opened}
          onOpened={setOpened}
          checked={!known?.practice}
        />
        <SaveFailure
          error={error}
          name={(edited ?? made)?.name}
          kind="upstreams"
          mine={bodyOf(values, true)}
          onMine={(now) => {
            setVersion(now);
            void save(now);
          }}
          onTheirs={(theirs) => {
            setValues(valuesOf(theirs as Upstream));
            setVersion((theirs as Upstream).version);
            setError(undefined);
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={create.isPending || update.isPending || addKey.isPending}>
            {edited ? ui("save") : t("connect")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

/** The sections in which something was found wrong. */
function sectionsOf(errors: Record<string, string>): string[] {
  return Object.keys(errors).map((field) => {
    if (field.startsWith("health.")) return "breaker";
    if (field.startsWith("check.")) return "check";
    return /^(timeouts\.|max_in_flight|ca_certificates)/.test(field) ? "limits" : "";
  });
}

interface SectionsProps extends LimitsProps {
  opened: string[];
  onOpened: (opened: string[]) => void;
  /** False for what lives as long as Headwater does. */
  checked: boolean;
}

/** What most upstreams never need, folded. */
function Sections({ values, errors, set, opened, onOpened, checked }: SectionsProps) {
  const t = useT(upstreamText);
  const policy = useT(policyText);
  const parts = [
    { id: "limits", label: t("limits"), content: Limits },
    { id: "breaker", label: policy("breaker"), content: Breaker },
    ...(checked ? [{ id: "check", label: policy("check"), content: FreeCheck }] : []),
  ];
  return (
    <Accordion multiple variant="contained" value={opened} onChange={onOpened} order={3}>
      {parts.map((part) => (
        <Accordion.Item key={part.id} value={part.id}>
          <Accordion.Control>{part.label}</Accordion.Control>
          <Accordion.Panel>
            <part.content values={values} errors={errors} set={set} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  );
}

interface LimitsProps {
  values: Values;
  errors: Record<string, string>;
  set: (change: Partial<Values>) => void;
}

function Limits({ values, errors, set }: LimitsProps) {
  const t = useT(upstreamText);
  const times = [
    ["connectMs", "connect_ms", 3000],
    ["tlsMs", "tls_ms", 5000],
    ["firstByteMs", "first_byte_ms", t("usual")],
    ["idleMs", "idle_ms", 60_000],
  ] as const;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {times.map(([key, field, standard]) => (
          <NumberField
            key={key}
            label={t(key)}
            help={t(`timeHelp.${key}`)}
            standard={standard}
            value={values[key]}
            error={errors[`timeouts.${field}`]}
            onChange={(value) => set({ [key]: value })}
          />
        ))}
        <NumberField
          label={t("inFlight")}
          help={t("inFlightNote")}
          standard={t("discovered")}
          value={values.inFlight}
          error={errors.max_in_flight}
          onChange={(value) => set({ inFlight: value })}
        />
      </SimpleGrid>
      <Textarea
        label={t("ca")}
        description={t("caNote")}
        autosize
        minRows={2}
        maxRows={8}
        value={values.ca}
        error={errors.ca_certificates}
        onChange={(event) => set({ ca: event.currentTarget.value })}
      />
    </Stack>
  );
}
