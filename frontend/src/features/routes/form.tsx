import {
  ActionIcon,
  Button,
  Drawer,
  Group,
  NumberInput,
  Paper,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { useDraft } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { CommandButton, Conflict, Failure, fieldErrors, uiText } from "@/shared/ui";
import {
  bodyOf,
  changeTarget,
  changeTier,
  moveTier,
  newTarget,
  newTier,
  type RouteValues,
  type TierValues,
  valuesOf,
} from "./ladder";
import { routeText } from "./text";

type Route = Schema<"Route">;

interface FormProps {
  opened: boolean;
  onClose: () => void;
  onSaved: (saved: Route) => void;
  edited?: Route;
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
      <Body key={props.edited?.name ?? ""} {...props} />
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
    edited ? valuesOf(edited) : { name: "", title: "", deadline: "", tiers: [newTier()] },
  );
  const [version, setVersion] = useState(edited?.version);
  const [error, setError] = useState<CallError>();
  const draft = useDraft(`route.${edited?.name ?? ""}`, values, setValues);
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
            onMove={(by) => set({ tiers: moveTier(values.tiers, index, by) })}
            onRemove={() => set({ tiers: values.tiers.filter((_, i) => i !== index) })}
          />
        ))}
        <Group>
          <Button
            variant="default"
            size="compact-sm"
            disabled={values.tiers.length >= 20}
            onClick={() => set({ tiers: [...values.tiers, newTier()] })}
          >
            {t("addTier")}
          </Button>
        </Group>
        <NumberInput
          label={t("deadline")}
          description={t("deadlineNote")}
          min={0}
          allowDecimal={false}
          value={values.deadline}
          error={errors.deadline_ms}
          onChange={(value) => set({ deadline: value === "" ? "" : Number(value) })}
        />
        {error && error.problem.code === "version_conflict" && edited ? (
          <Conflict
            name={edited.name}
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
        ) : error ? (
          <Failure error={error} />
        ) : null}
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

interface TierProps {
  tier: TierValues;
  index: number;
  count: number;
  upstreams: string[];
  errors: Record<string, string>;
  onChange: (change: Partial<TierValues>) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

function Tier(props: TierProps) {
  const t = useT(routeText);
  const { tier, index, errors } = props;
  const n = index + 1;
  return (
    <Paper withBorder p="sm" component="fieldset" m={0} miw={0}>
      <Group justify="space-between" mb="xs">
        <Text component="legend" fw={600} size="sm">
          {t("tier", { n })}
        </Text>
        <Group gap={4}>
          <ActionIcon
            variant="default"
            aria-label={t("up", { n })}
            disabled={index === 0}
            onClick={() => props.onMove(-1)}
          >
            <IconArrowUp size={16} />
          </ActionIcon>
          <ActionIcon
            variant="default"
            aria-label={t("down", { n })}
            disabled={n === props.count}
            onClick={() => props.onMove(1)}
          >
            <IconArrowDown size={16} />
          </ActionIcon>
          <ActionIcon
            variant="default"
            aria-label={t("removeTier", { n })}
            disabled={props.count === 1}
            onClick={props.onRemove}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      </Group>
      <Stack gap="xs">
        <Select
          label={t("strategy")}
          size="xs"
          w={180}
          allowDeselect={false}
          value={tier.strategy}
          data={[
            { value: "weighted", label: t("weighted") },
            { value: "priority", label: t("priority") },
          ]}
          onChange={(strategy) =>
            props.onChange({ strategy: strategy === "priority" ? "priority" : "weighted" })
          }
        />
        {tier.targets.map((target, i) => {
          const at = `tiers.${index}.targets.${i}`;
          const change = (part: Partial<typeof target>) =>
            props.onChange({ targets: changeTarget(tier, i, part) });
          return (
            <Group key={target.key} align="flex-start" gap="xs" wrap="wrap">
              <Select
                label={t("upstream")}
                required
                searchable
                limit={100}
                style={{ flex: "1 1 180px" }}
                allowDeselect={false}
                data={props.upstreams}
                value={target.upstream || null}
                error={errors[`${at}.upstream`]}
                onChange={(upstream) => change({ upstream: upstream ?? "" })}
              />
              <TextInput
                label={t("model")}
                placeholder={t("modelNote")}
                style={{ flex: "1 1 180px" }}
                maxLength={200}
                value={target.model}
                error={errors[`${at}.model`]}
                onChange={(event) => change({ model: event.currentTarget.value })}
              />
              {tier.strategy === "weighted" ? (
                <NumberInput
                  label={t("share")}
                  placeholder="1"
                  w={90}
                  min={0}
                  allowDecimal={false}
                  value={target.weight}
                  error={errors[`${at}.weight`]}
                  onChange={(value) => change({ weight: value === "" ? "" : Number(value) })}
                />
              ) : null}
              <ActionIcon
                variant="default"
                mt={26}
                size="lg"
                aria-label={t("removeTarget", { n: i + 1, tier: n })}
                disabled={tier.targets.length === 1}
                onClick={() => props.onChange({ targets: tier.targets.filter((_, k) => k !== i) })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          );
        })}
        <Group>
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={() => props.onChange({ targets: [...tier.targets, newTarget()] })}
          >
            {t("addTarget")}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}
