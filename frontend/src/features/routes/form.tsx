import {
  Button,
  Checkbox,
  Drawer,
  Fieldset,
  Group,
  Menu,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconChevronDown } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { useDraft } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { kindWord, mapText } from "@/shared/map";
import { CommandButton, fieldErrors, NumberField, SaveFailure, uiText } from "@/shared/ui";
import {
  bodyOf,
  changeTier,
  completed,
  moved,
  newRoute,
  newTier,
  type RouteValues,
  refusals,
  retryDefaults,
  retryFields,
  type TierKind,
  tierKinds,
  valuesOf,
} from "./ladder";
import { Parameters } from "./parameterfields";
import { routeText } from "./text";
import { Tier } from "./tier";

type Route = Schema<"Route">;

interface FormProps {
  opened: boolean;
  onClose: () => void;
  onSaved: (saved: Route) => void;
  edited?: Route;
  /** Where a new route begins. */
  start?: { upstream: string; model: string } | undefined;
}

/** Makes a route, or changes one. */
export function RouteForm(props: FormProps) {
  const t = useT(routeText);
  return (
    <Drawer
      opened={props.opened}
      onClose={props.onClose}
      position="right"
      size="xl"
      title={props.edited ? `${t("edit")}: ${props.edited.name}` : t("create")}
    >
      <Body key={props.edited?.name ?? props.start?.model ?? ""} {...props} />
    </Drawer>
  );
}

function Body(props: FormProps) {
  const t = useT(routeText);
  const ui = useT(uiText);
  const { edited } = props;
  const upstreams = useRead("upstreams.list", { limit: 5000 });
  const create = useCommand("routes.create", ["health"]);
  const update = useCommand("routes.update", ["health"]);
  const [values, setValues] = useState<RouteValues>(() =>
    edited ? valuesOf(edited) : newRoute(props.start),
  );
  const [version, setVersion] = useState(edited?.version);
  const [error, setError] = useState<CallError>();
  // What is begun for one model is not what was begun for another.
  const draft = useDraft(
    `route.${edited?.name ?? (props.start ? `+${props.start.model}` : "")}`,
    values,
    (kept) => setValues(completed(kept)),
  );
  const errors = error ? fieldErrors(error) : {};
  const set = (change: Partial<RouteValues>) => setValues((before) => ({ ...before, ...change }));

  const save = async (basedOn = version) => {
    setError(undefined);
    try {
      const saved = edited
        ? await update.mutateAsync({
            ref: edited.name,
            body: { ...bodyOf(values), ...(basedOn ? { version: basedOn } : {}) },
          })
        : await create.mutateAsync({ body: { ...bodyOf(values), name: values.name } });
      draft.forget();
      props.onClose();
      props.onSaved(saved);
    } catch (reason) {
      setError(asCallError(reason));
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  useHotkeys([["mod+S", () => void save()]], []);
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("name")}
          description={t("nameNote")}
          required
          disabled={edited !== undefined}
          maxLength={200}
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
        <Text size="sm" c="dimmed">
          {t("tierNote")}
        </Text>
        {values.tiers.map((tier, index) => (
          <Tier
            key={tier.key}
            tier={tier}
            index={index}
            count={values.tiers.length}
            upstreams={(upstreams.data?.items ?? []).map((one) => one.name)}
            errors={errors}
            onChange={(change) => set({ tiers: changeTier(values.tiers, index, change) })}
            onMove={(by) => set({ tiers: moved(values.tiers, index, by) })}
            onRemove={() => set({ tiers: values.tiers.filter((_, i) => i !== index) })}
          />
        ))}
        <AddTier
          full={values.tiers.length >= 20}
          onAdd={(kind) => set({ tiers: [...values.tiers, newTier("", kind)] })}
        />
        {errors.tiers ? (
          <Text size="xs" c="var(--mantine-color-error)">
            {errors.tiers}
          </Text>
        ) : null}
        <Parameters
          values={values.parameters}
          errors={errors}
          onChange={(parameters) => set({ parameters })}
        />
        <Trying values={values} errors={errors} set={set} />
        <SaveFailure
          error={error}
          name={edited?.name}
          kind="routes"
          mine={bodyOf(values)}
          onMine={(now) => {
            setVersion(now);
            void save(now);
          }}
          onTheirs={(theirs) => {
            setValues(valuesOf(theirs as Route));
            setVersion((theirs as Route).version);
            setError(undefined);
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={create.isPending || update.isPending}>
            {edited ? ui("save") : t("create")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}

/** A further tier of any kind, each with what it does. */
function AddTier(props: { full: boolean; onAdd: (kind: TierKind) => void }) {
  const t = useT(routeText);
  const words = useT(mapText);
  return (
    <Group>
      <Menu position="bottom-start" width={360} shadow="md" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            variant="default"
            size="compact-sm"
            disabled={props.full}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            {t("addTier")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {tierKinds.map((kind) => (
            <Menu.Item key={kind} onClick={() => props.onAdd(kind)}>
              <Text size="sm" fw={600} component="div">
                {kindWord(words, kind)}
              </Text>
              <Text size="xs" c="dimmed" component="div">
                {t(`about.${kind}`)}
              </Text>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

interface TryingProps {
  values: RouteValues;
  errors: Record<string, string>;
  set: (change: Partial<RouteValues>) => void;
}

/** What is tried for one call, and for how long. */
function Trying({ values, errors, set }: TryingProps) {
  const t = useT(routeText);
  return (
    <Fieldset legend={t("trying")}>
      <Stack gap="sm">
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <NumberField
            label={t("deadline")}
            help={t("deadlineNote")}
            standard={t("deadlineStandard")}
            value={values.deadline}
            error={errors.deadline_ms}
            onChange={(deadline) => set({ deadline })}
          />
          <NumberField
            label={t("streamDeadline")}
            help={t("streamDeadlineNote")}
            standard={t("streamDeadlineStandard")}
            value={values.streamDeadline}
            error={errors.stream_deadline_ms}
            onChange={(streamDeadline) => set({ streamDeadline })}
          />
          {retryFields.map((field) => (
            <NumberField
              key={field}
              label={t(`retry.${field}.label`)}
              help={t(`retry.${field}.help`)}
              standard={retryDefaults[field]}
              value={values.retry[field]}
              error={errors[`retry.${field}`]}
              onChange={(value) => set({ retry: { ...values.retry, [field]: value } })}
            />
          ))}
        </SimpleGrid>
        {refusals.map((refusal) => (
          <TagsInput
            key={refusal}
            label={t(`fallback.${refusal}.label`)}
            description={t(`fallback.${refusal}.help`)}
            placeholder={values.fallback[refusal].length > 0 ? "" : t("fallback.none")}
            maxTags={20}
            value={values.fallback[refusal]}
            error={Object.entries(errors).find(([field]) => field.startsWith(`fallback.${refusal}`))?.[1]}
            onChange={(list) => set({ fallback: { ...values.fallback, [refusal]: list } })}
          />
        ))}
        <Checkbox
          label={t("hedge")}
          description={t("hedgeNote")}
          checked={values.hedge}
          onChange={(event) => set({ hedge: event.currentTarget.checked })}
        />
        <Checkbox
          label={t("strict")}
          description={t("strictNote")}
          checked={values.strict}
          onChange={(event) => set({ strict: event.currentTarget.checked })}
        />
      </Stack>
    </Fieldset>
  );
}
