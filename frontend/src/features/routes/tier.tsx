import { ActionIcon, Button, Group, Paper, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import { useT } from "@/shared/i18n";
import { kindWord, mapText, strategyWord, tierDefaults } from "@/shared/map";
import { NumberField } from "@/shared/ui";
import {
  changeTarget,
  moved,
  newTarget,
  type Strategy,
  strategies,
  type TargetValues,
  type TierKind,
  type TierValues,
  tierKinds,
} from "./ladder";
import { Takes } from "./takes";
import { routeText } from "./text";

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

/** One rung of the ladder: what answers there, and how. */
export function Tier(props: TierProps) {
  const t = useT(routeText);
  const words = useT(mapText);
  const { tier, index, errors } = props;
  const n = index + 1;
  const at = `tiers.${index}`;
  return (
    <Paper withBorder p="sm" component="fieldset" m={0} miw={0} data-tier={tier.kind}>
      <Group justify="space-between" mb={4}>
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
        <Group align="flex-start" gap="xs">
          <Select
            label={t("kindLabel")}
            size="xs"
            w={200}
            allowDeselect={false}
            value={tier.kind}
            error={errors[`${at}.kind`]}
            data={tierKinds.map((kind) => ({ value: kind, label: kindWord(words, kind) }))}
            onChange={(kind) => props.onChange({ kind: (kind ?? "targets") as TierKind })}
          />
          {tier.kind === "targets" ? (
            <Select
              label={t("strategy")}
              size="xs"
              w={200}
              allowDeselect={false}
              value={tier.strategy}
              error={errors[`${at}.strategy`]}
              data={strategies.map((one) => ({ value: one, label: strategyWord(words, one) }))}
              onChange={(strategy) => props.onChange({ strategy: (strategy ?? "weighted") as Strategy })}
            />
          ) : null}
        </Group>
        <Text size="xs" c="dimmed">
          {t(`about.${tier.kind}`)} {tier.kind === "targets" ? t(`strategyNote.${tier.strategy}`) : ""}
        </Text>
        {tier.kind === "targets" ? <Targets {...props} /> : <Figures {...props} />}
        <Takes tier={tier} index={index} errors={errors} onChange={props.onChange} />
      </Stack>
    </Paper>
  );
}

/** The fields of a tier without targets. */
function Figures({ tier, index, errors, onChange }: TierProps) {
  const t = useT(routeText);
  const at = `tiers.${index}`;
  switch (tier.kind) {
    case "cache":
      return (
        <Group align="flex-start" gap="xs" grow>
          <NumberField
            label={t("fresh")}
            help={t("freshNote")}
            standard={t("freshNone")}
            value={tier.fresh}
            error={errors[`${at}.fresh_s`]}
            onChange={(fresh) => onChange({ fresh })}
          />
          <NumberField
            label={t("stale")}
            help={t("staleNote")}
            standard={tierDefaults.stale_s}
            value={tier.stale}
            error={errors[`${at}.stale_s`]}
            onChange={(stale) => onChange({ stale })}
          />
        </Group>
      );
    case "hold":
      return (
        <NumberField
          label={t("wait")}
          help={t("waitNote")}
          standard={tierDefaults.wait_ms}
          value={tier.wait}
          error={errors[`${at}.wait_ms`]}
          onChange={(wait) => onChange({ wait })}
        />
      );
    case "deferred":
      return (
        <NumberField
          label={t("expire")}
          help={t("expireNote")}
          standard={tierDefaults.expire_s}
          value={tier.expire}
          error={errors[`${at}.expire_s`]}
          onChange={(expire) => onChange({ expire })}
        />
      );
    default:
      return (
        <Textarea
          label={t("text")}
          description={t("textNote")}
          required
          autosize
          minRows={2}
          maxRows={8}
          maxLength={20_000}
          value={tier.text}
          error={errors[`${at}.text`]}
          onChange={(event) => onChange({ text: event.currentTarget.value })}
        />
      );
  }
}

function Targets({ tier, index, upstreams, errors, onChange }: TierProps) {
  const t = useT(routeText);
  const n = index + 1;
  const empty = errors[`tiers.${index}.targets`];
  return (
    <>
      {tier.targets.map((target, i) => {
        const at = `tiers.${index}.targets.${i}`;
        const change = (part: Partial<TargetValues>) => onChange({ targets: changeTarget(tier, i, part) });
        const move = (by: -1 | 1) => onChange({ targets: moved(tier.targets, i, by) });
        return (
          <Group key={target.key} align="flex-start" gap="xs" wrap="wrap">
            <Select
              label={t("upstream")}
              required
              searchable
              limit={100}
              style={{ flex: "1 1 150px" }}
              allowDeselect={false}
              data={upstreams}
              value={target.upstream || null}
              error={errors[`${at}.upstream`]}
              onChange={(upstream) => change({ upstream: upstream ?? "" })}
            />
            <TextInput
              label={t("model")}
              placeholder={t("modelNote")}
              style={{ flex: "1 1 150px" }}
              maxLength={200}
              value={target.model}
              error={errors[`${at}.model`]}
              onChange={(event) => change({ model: event.currentTarget.value })}
            />
            {tier.strategy === "priority" ? null : (
              <NumberField
                label={t("share")}
                standard={1}
                w={80}
                value={target.weight}
                error={errors[`${at}.weight`]}
                onChange={(weight) => change({ weight })}
              />
            )}
            <ActionIcon.Group mt={26}>
              <ActionIcon
                variant="default"
                size="lg"
                aria-label={t("targetUp", { n: i + 1, tier: n })}
                disabled={i === 0}
                onClick={() => move(-1)}
              >
                <IconArrowUp size={16} />
              </ActionIcon>
              <ActionIcon
                variant="default"
                size="lg"
                aria-label={t("targetDown", { n: i + 1, tier: n })}
                disabled={i === tier.targets.length - 1}
                onClick={() => move(1)}
              >
                <IconArrowDown size={16} />
              </ActionIcon>
              <ActionIcon
                variant="default"
                size="lg"
                aria-label={t("removeTarget", { n: i + 1, tier: n })}
                disabled={tier.targets.length === 1}
                onClick={() => onChange({ targets: tier.targets.filter((_, k) => k !== i) })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </ActionIcon.Group>
          </Group>
        );
      })}
      {empty ? (
        <Text size="xs" c="var(--mantine-color-error)">
          {empty}
        </Text>
      ) : null}
      <Group>
        <Button
          variant="subtle"
          size="compact-sm"
          disabled={tier.targets.length >= 100}
          onClick={() => onChange({ targets: [...tier.targets, newTarget()] })}
        >
          {t("addTarget")}
        </Button>
      </Group>
    </>
  );
}
