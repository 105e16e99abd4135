import {
  Button,
  Drawer,
  Fieldset,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { type FormEvent, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { number } from "@/shared/format";
import { useDraft } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { CommandButton, Failure, fieldErrors, NumberField, SaveFailure, uiText, Waiting } from "@/shared/ui";
import { catalogueText } from "./text";
import {
  changeOf,
  type Flag,
  flags,
  gives,
  kinds,
  newOf,
  type Own,
  prices,
  sizes,
  stages,
  takes,
  type Values,
  valuesOf,
} from "./values";

interface FormProps {
  opened: boolean;
  /** The model that facts are of; a new one without. */
  of: { provider: string; model: string } | undefined;
  onClose: () => void;
  onSaved: (label: string) => void;
}

/** Facts of one's own: over those of the catalogue, or of a model that it does not have. */
export function OwnForm(props: FormProps) {
  const t = useT(catalogueText);
  return (
    <Drawer opened={props.opened} onClose={props.onClose} position="right" size="lg" title={t("form")}>
      {props.opened ? <Load {...props} /> : null}
    </Drawer>
  );
}

/** Finds out what there is before something is typed over it. */
function Load(props: FormProps) {
  const { of } = props;
  const known = useRead("models.show", of ?? { provider: "", model: "" }, { enabled: of !== undefined });
  const ref = known.data?.own ?? "";
  const own = useRead("models.get", { ref }, { enabled: ref !== "", anew: true });
  if (!of) return <Body {...props} facts={undefined} edited={undefined} />;
  const error = known.error ?? own.error;
  if (error) return <Failure error={error} />;
  if (!known.data || (ref && (!own.data || own.isFetching))) return <Waiting />;
  return <Body {...props} facts={known.data.facts} edited={own.data} />;
}

interface BodyProps extends FormProps {
  facts: Schema<"CatalogModel"> | undefined;
  edited: Own | undefined;
}

function Body(props: BodyProps) {
  const t = useT(catalogueText);
  const ui = useT(uiText);
  const { edited, of } = props;
  const create = useCommand("models.create", ["catalog"]);
  const update = useCommand("models.update", ["catalog"]);
  const [values, setValues] = useState(() => valuesOf(edited ?? of ?? {}));
  const [version, setVersion] = useState(edited?.version);
  const [shown, setShown] = useState(false);
  const [error, setError] = useState<CallError>();
  const set = (change: Partial<Values>) => setValues((before) => ({ ...before, ...change }));
  const draft = useDraft(`model.${of ? `${of.provider}/${of.model}` : ""}`, values, set);
  const label = `${values.provider}/${values.model.trim()}`;
  const errors: Record<string, string> = {
    ...(error ? fieldErrors(error) : {}),
    ...(shown && !values.provider ? { provider: t("chooseProvider") } : {}),
    ...(shown && !values.model.trim() ? { model: t("nameModel") } : {}),
  };
  const save = async (basedOn = version) => {
    setShown(true);
    setError(undefined);
    if (!values.provider || !values.model.trim()) return;
    try {
      if (edited) {
        await update.mutateAsync({
          ref: label,
          body: { ...changeOf(values), ...(basedOn ? { version: basedOn } : {}) },
        });
      } else await create.mutateAsync({ body: newOf(values) });
      draft.forget();
      props.onSaved(label);
    } catch (reason) {
      setError(asCallError(reason));
    }
  };
  useHotkeys([["mod+S", () => void save()]], []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm" c="dimmed">
          {t("formNote")}
        </Text>
        <Which values={values} errors={errors} set={set} fixed={of !== undefined} />
        <Facts values={values} errors={errors} set={set} facts={props.facts} />
        <Prices values={values} errors={errors} set={set} facts={props.facts} />
        <SaveFailure
          error={error}
          name={edited ? label : undefined}
          kind="models"
          mine={changeOf(values)}
          onMine={(now) => {
            setVersion(now);
            void save(now);
          }}
          onTheirs={(theirs) => {
            setValues(valuesOf(theirs as Own));
            setVersion((theirs as Own).version);
            setError(undefined);
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={create.isPending || update.isPending}>
            {t("save")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

interface PartProps {
  values: Values;
  errors: Record<string, string>;
  set: (change: Partial<Values>) => void;
  facts?: Schema<"CatalogModel"> | undefined;
}

function Which({ values, errors, set, fixed }: PartProps & { fixed: boolean }) {
  const t = useT(catalogueText);
  const providers = useRead("providers.list", {});
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label={t("provider")}
          required
          searchable
          disabled={fixed}
          limit={60}
          data={(providers.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
          value={values.provider || null}
          error={errors.provider}
          onChange={(provider) => set({ provider: provider ?? "" })}
        />
        <TextInput
          label={t("model")}
          description={t("modelNote")}
          inputWrapperOrder={["label", "input", "description", "error"]}
          required
          disabled={fixed}
          maxLength={128}
          value={values.model}
          error={errors.model}
          onChange={(event) => set({ model: event.currentTarget.value })}
        />
      </SimpleGrid>
      <TextInput
        label={t("titleLabel")}
        description={t("titleNote")}
        maxLength={200}
        value={values.title}
        error={errors.title}
        onChange={(event) => set({ title: event.currentTarget.value })}
      />
    </>
  );
}

function Facts({ values, errors, set, facts }: PartProps) {
  const t = useT(catalogueText);
  const as = t("asCatalogue");
  const contents = (field: "in" | "out", all: readonly string[]) => (
    <MultiSelect
      label={t(field)}
      placeholder={values[field].length === 0 ? as : ""}
      clearable
      data={all.map((kind) => ({ value: kind, label: t(`contents.${kind as "text"}`) }))}
      value={values[field]}
      error={errors[field]}
      onChange={(list) => set({ [field]: list })}
    />
  );
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        {sizes.map((field) => (
          <NumberField
            key={field}
            label={t(field)}
            standard={facts?.[field] ? number(facts[field]) : as}
            most={100_000_000}
            value={values.sizes[field]}
            error={errors[field]}
            onChange={(size) => set({ sizes: { ...values.sizes, [field]: size } })}
          />
        ))}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label={t("kind")}
          placeholder={as}
          clearable
          data={kinds.map((kind) => ({ value: kind, label: t(`kinds.${kind}`) }))}
          value={values.kind || null}
          error={errors.kind}
          onChange={(kind) => set({ kind: kind ?? "" })}
        />
        <Select
          label={t("status")}
          placeholder={as}
          clearable
          data={stages.map((stage) => ({ value: stage, label: t(`stages.${stage}`) }))}
          value={values.status || null}
          error={errors.status}
          onChange={(status) => set({ status: status ?? "" })}
        />
        {contents("in", takes)}
        {contents("out", gives)}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        {flags.map((field) => (
          <Select
            key={field}
            label={t(`abilities.${field}`)}
            placeholder={as}
            clearable
            data={(["yes", "no"] as const).map((word) => ({ value: word, label: t(word) }))}
            value={values.flags[field] || null}
            error={errors[field]}
            onChange={(word) => set({ flags: { ...values.flags, [field]: (word ?? "") as Flag } })}
          />
        ))}
      </SimpleGrid>
    </>
  );
}

function Prices({ values, errors, set, facts }: PartProps) {
  const t = useT(catalogueText);
  return (
    <Fieldset legend={`${t("prices")}: ${t("perMillion")}`} miw={0}>
      <Stack gap="sm">
        <Text size="xs" c="dimmed">
          {t("free")}
          {facts?.tiers ? ` ${t("tiersEnd")}` : ""}
        </Text>
        <SimpleGrid cols={{ base: 1, xs: 3 }}>
          {prices.map((field) => (
            <NumberInput
              key={field}
              label={t(`price.${field}`)}
              placeholder={facts?.price?.[field] ? number(facts.price[field], 6) : t("asCatalogue")}
              min={0}
              max={1_000_000}
              decimalScale={6}
              value={values.price[field]}
              error={errors[`price.${field}`]}
              onChange={(usd) => set({ price: { ...values.price, [field]: usd === "" ? "" : Number(usd) } })}
            />
          ))}
        </SimpleGrid>
      </Stack>
    </Fieldset>
  );
}
