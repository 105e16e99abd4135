import {
  Alert,
  Button,
  Chip,
  Drawer,
  Fieldset,
  Group,
  Input,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { type FormEvent, useRef, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCommand } from "@/rpc/react";
import { moment } from "@/shared/format";
import { useDraft } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { CommandButton, fieldErrors, NumberField, SaveFailure, uiText } from "@/shared/ui";
import classes from "./drill.module.css";
import { focusOn, wrong } from "./focus";
import { scheduleText } from "./scheduletext";
import {
  everyMost,
  missingOf,
  type Rhythm,
  rhythms,
  type ScheduleValues,
  scheduleOf,
  scheduleValuesOf,
  type Weekday,
  weekdays,
} from "./schedulevalues";
import { dayWord, useScheduleWords } from "./schedulewords";
import { drillText } from "./text";
import { DrillFields } from "./whole";
import { useDrillWords } from "./words";

type Schedule = Schema<"DrillSchedule">;

interface FormProps {
  opened: boolean;
  onClose: () => void;
  /** The schedule to change; a new one without. */
  edited?: Schedule;
  last?: Schema<"ScheduleOutcome">;
}

/** Adds a schedule, or changes one. */
export function ScheduleForm(props: FormProps) {
  const t = useT(scheduleText);
  return (
    <Drawer
      opened={props.opened}
      onClose={props.onClose}
      position="right"
      size="xl"
      title={props.edited ? t("editOf", { name: props.edited.name }) : t("add")}
      styles={{ body: { paddingBottom: 0 } }}
    >
      <Body key={props.edited?.id ?? ""} {...props} />
    </Drawer>
  );
}

function Body(props: FormProps) {
  const t = useT(scheduleText);
  const drillT = useT(drillText);
  const ui = useT(uiText);
  const { edited } = props;
  const create = useCommand("schedules.create");
  const update = useCommand("schedules.update");
  const [values, setValues] = useState(() => scheduleValuesOf(edited));
  const [version, setVersion] = useState(edited?.version);
  const [shown, setShown] = useState(false);
  const [error, setError] = useState<CallError>();
  const form = useRef<HTMLFormElement>(null);
  const set = (change: Partial<ScheduleValues>) => setValues((before) => ({ ...before, ...change }));
  // A draft of an earlier page may lack what has come since.
  const draft = useDraft(`schedule.${edited?.id ?? ""}`, values, set);
  const missing = missingOf(values);
  const word = (field: (typeof missing)[number]) =>
    field === "drill.upstreams" || field === "drill.scope"
      ? drillT(`missing.${field === "drill.scope" ? "scope" : "upstreams"}`)
      : t(`missing.${field}`);
  const errors: Record<string, string> = {
    ...(error ? fieldErrors(error) : {}),
    ...(shown ? Object.fromEntries(missing.map((field) => [field, word(field)])) : {}),
  };

  const save = async (basedOn = version) => {
    setShown(true);
    setError(undefined);
    if (missing.length > 0) return focusOn(form.current, wrong);
    try {
      const body = scheduleOf(values);
      if (edited) {
        await update.mutateAsync({
          ref: edited.name,
          body: { ...body, ...(basedOn ? { version: basedOn } : {}) },
        });
      } else {
        await create.mutateAsync({ body: { ...body, name: values.name.trim() } });
      }
      draft.forget();
      props.onClose();
    } catch (reason) {
      setError(asCallError(reason));
      focusOn(form.current, wrong);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  useHotkeys([["mod+S", () => void save()]], []);
  return (
    <form onSubmit={submit} ref={form} noValidate>
      <Stack>
        {props.last ? <LastTime last={props.last} /> : null}
        <Names values={values} errors={errors} set={set} fixed={edited !== undefined} />
        <When values={values} errors={errors} set={set} />
        <DrillFields
          values={values.drill}
          errors={inDrill(errors)}
          set={(change) => setValues((before) => ({ ...before, drill: { ...before.drill, ...change } }))}
        />
        <SaveFailure
          error={error}
          name={edited?.name}
          kind="schedules"
          mine={scheduleOf(values)}
          onMine={(now) => {
            setVersion(now);
            void save(now);
          }}
          onTheirs={(theirs) => {
            setValues(scheduleValuesOf(theirs as Schedule));
            setVersion((theirs as Schedule).version);
            setError(undefined);
          }}
        />
        <div className={classes.foot}>
          <Preview values={values} />
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose}>
              {ui("cancel")}
            </Button>
            <CommandButton type="submit" loading={create.isPending || update.isPending}>
              {t("save")}
            </CommandButton>
          </Group>
        </div>
      </Stack>
    </form>
  );
}

/** The errors of the drill inside, by the names that its fields have. */
function inDrill(errors: Record<string, string>): Record<string, string> {
  const at = "drill.";
  return Object.fromEntries(
    Object.entries(errors)
      .filter(([field]) => field.startsWith(at))
      .map(([field, words]) => [field.slice(at.length), words]),
  );
}

interface PartProps {
  values: ScheduleValues;
  errors: Record<string, string>;
  set: (change: Partial<ScheduleValues>) => void;
}

function Names({ values, errors, set, fixed }: PartProps & { fixed: boolean }) {
  const t = useT(scheduleText);
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <TextInput
        label={t("name")}
        description={t("nameNote")}
        required
        disabled={fixed}
        data-autofocus={fixed ? undefined : true}
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
    </SimpleGrid>
  );
}

function When({ values, errors, set }: PartProps) {
  const t = useT(scheduleText);
  return (
    <Fieldset legend={t("whenTitle")} miw={0} styles={{ legend: { fontWeight: 600 } }}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t("zone")}
        </Text>
        <Group align="flex-start" gap="md">
          <TextInput
            type="time"
            label={t("at")}
            required
            w={140}
            value={values.at}
            error={errors.at}
            onChange={(event) => set({ at: event.currentTarget.value })}
          />
          <Input.Wrapper label={t("rhythm")} labelElement="div">
            <div>
              <SegmentedControl
                aria-label={t("rhythm")}
                data={rhythms.map((one) => ({ value: one, label: t(`rhythms.${one}`) }))}
                value={values.rhythm}
                onChange={(rhythm) => set({ rhythm: rhythm as Rhythm })}
              />
            </div>
          </Input.Wrapper>
        </Group>
        {values.rhythm === "weekly" ? <Days values={values} errors={errors} set={set} /> : null}
        {values.rhythm === "every" ? (
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <NumberField
              label={t("everyDays")}
              most={everyMost}
              value={values.every}
              error={errors.every ?? errors.every_days}
              onChange={(every) => set({ every })}
            />
            <TextInput
              type="date"
              label={t("first")}
              description={t("firstNote")}
              inputWrapperOrder={["label", "input", "description", "error"]}
              value={values.first}
              error={errors.first}
              onChange={(event) => set({ first: event.currentTarget.value })}
            />
          </SimpleGrid>
        ) : null}
      </Stack>
    </Fieldset>
  );
}

function Days({ values, errors, set }: PartProps) {
  const t = useT(scheduleText);
  return (
    <div role="group" aria-label={t("days")}>
      <Chip.Group multiple value={values.days} onChange={(days) => set({ days: days as Weekday[] })}>
        <Group gap="xs">
          {weekdays.map((day) => (
            <Chip key={day} value={day} size="sm">
              {dayWord(day, "long")}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      {errors.days ? (
        <Text size="sm" c="red" mt={4} role="alert" tabIndex={-1} data-error>
          {errors.days}
        </Text>
      ) : null}
    </div>
  );
}

/** When it will start, and what will happen then. */
function Preview({ values }: { values: ScheduleValues }) {
  const t = useT(scheduleText);
  const words = useDrillWords();
  const { when } = useScheduleWords();
  const schedule = { name: values.name, ...scheduleOf(values) };
  const start = when(schedule);
  return (
    <Text size="sm" mb="xs" className="hw-break" aria-live="polite" data-preview>
      {t("preview", {
        when: start.charAt(0).toLocaleUpperCase() + start.slice(1),
        what: words.sentence(schedule.drill),
      })}
    </Text>
  );
}

/** Why the last time started nothing; of a drill that was started its report says more. */
function LastTime({ last }: { last: Schema<"ScheduleOutcome"> }) {
  const t = useT(scheduleText);
  const { cause } = useScheduleWords();
  if (last.result === "started") return null;
  const detail = last.cause === "invalid" || last.cause === "failed" ? last.reason : "";
  return (
    <Alert color={last.cause === "invalid" || last.cause === "failed" ? "red" : "yellow"} variant="light">
      <Text size="sm" className="hw-break">
        {t("lastOf", { when: moment(last.due), what: `${t(`result.${last.result}`)}, ${cause(last)}` })}{" "}
        {detail} {t("notMadeUp")}
      </Text>
    </Alert>
  );
}
