import { Alert, Button, Drawer, Group, List, Stack, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconFlame } from "@tabler/icons-react";
import { type FormEvent, useRef, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCommand } from "@/rpc/react";
import { duration, moment } from "@/shared/format";
import { useDraft, useNow } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { CommandButton, Failure, fieldErrors, uiText } from "@/shared/ui";
import classes from "./drill.module.css";
import { drillDefaults, ofMachine } from "./faults";
import { focusOn, wrong } from "./focus";
import { useRunning } from "./news";
import { drillText } from "./text";
import { missingIn, specOf, type Values, valuesOf } from "./values";
import { DrillFields } from "./whole";
import { share, useDrillWords } from "./words";

type Drill = Schema<"Drill">;

interface FormProps {
  opened: boolean;
  onClose: () => void;
  onStarted: (drill: Drill) => void;
  /** The drill to repeat. */
  again?: Drill;
}

/** Starts a drill, in two steps: what it is, and whether it shall be. */
export function DrillForm(props: FormProps) {
  const t = useT(drillText);
  return (
    <Drawer
      opened={props.opened}
      onClose={props.onClose}
      position="right"
      size="xl"
      title={t("start")}
      styles={{ body: { paddingBottom: 0 } }}
    >
      <Body key={props.again?.id ?? ""} {...props} />
    </Drawer>
  );
}

function Body(props: FormProps) {
  const t = useT(drillText);
  const ui = useT(uiText);
  const words = useDrillWords();
  const start = useCommand("drills.start");
  const running = useRunning();
  const [values, setValues] = useState<Values>(() => valuesOf(props.again?.spec));
  const [sure, setSure] = useState(false);
  const [shown, setShown] = useState(false);
  const [error, setError] = useState<CallError>();
  const form = useRef<HTMLFormElement>(null);
  const set = (change: Partial<Values>) => setValues((before) => ({ ...before, ...change }));
  // A draft of an earlier page may lack what has come since.
  const draft = useDraft(`drill.${props.again?.id ?? ""}`, values, set);
  const spec = specOf(values);
  const missing = missingIn(values);
  const errors = {
    ...(error ? fieldErrors(error) : {}),
    ...(shown ? Object.fromEntries(missing.map((field) => [field, t(`missing.${field}`)])) : {}),
  };

  const goOn = () => {
    setShown(true);
    setError(undefined);
    if (missing.length > 0) return focusOn(form.current, wrong);
    setSure(true);
    focusOn(form.current, "[data-sure]");
  };
  const begin = async () => {
    setError(undefined);
    try {
      const started = await start.mutateAsync({ body: spec });
      draft.forget();
      props.onClose();
      props.onStarted(started);
    } catch (reason) {
      const refused = asCallError(reason);
      setError(refused);
      // What was found at a field is to be seen there.
      if (Object.keys(fieldErrors(refused)).length > 0) {
        setSure(false);
        focusOn(form.current, wrong);
      }
    }
  };
  const back = () => {
    setSure(false);
    focusOn(form.current, "[type=submit]");
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (sure) void begin();
    else goOn();
  };
  useHotkeys([["mod+S", () => (sure ? void begin() : goOn())]], []);
  return (
    <form onSubmit={submit} ref={form} noValidate>
      <Stack>
        {sure ? <Sure spec={spec} /> : <DrillFields values={values} errors={errors} set={set} />}
        {error ? <Failure error={error} /> : null}
        <div className={classes.foot}>
          {sure ? null : (
            <Text size="sm" mb="xs" className="hw-break" aria-live="polite" data-preview>
              <Text span fw={600} size="sm">
                {t("preview")}
              </Text>{" "}
              {words.sentence(spec)}
            </Text>
          )}
          <Group justify="flex-end">
            {sure ? (
              <Button variant="default" onClick={back}>
                {t("back")}
              </Button>
            ) : (
              <Button variant="default" onClick={props.onClose}>
                {ui("cancel")}
              </Button>
            )}
            <CommandButton
              type="submit"
              key={sure ? "start" : "on"}
              {...(sure ? { color: "red.9" } : {})}
              loading={start.isPending}
              {...(running ? { why: t("busy") } : {})}
            >
              {sure ? t("doStart") : t("goOn")}
            </CommandButton>
          </Group>
        </div>
      </Stack>
    </form>
  );
}

/** The last word before it begins. */
function Sure({ spec }: { spec: Schema<"DrillSpec"> }) {
  const t = useT(drillText);
  const words = useDrillWords();
  const now = useNow(1000);
  const ends = now + (spec.duration_s || drillDefaults.duration_s) * 1000;
  const served = share(spec.objective?.served_percent || drillDefaults.served_percent);
  const added = spec.objective?.added_p99_ms ?? 0;
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconFlame aria-hidden />}
      title={t("sure")}
      tabIndex={-1}
      data-sure
    >
      <Stack gap="xs">
        <Text fw={600} className="hw-break" data-preview>
          {words.sentence(spec)}
        </Text>
        <List size="sm" spacing={4}>
          <List.Item>{t("sureEnd", { when: moment(ends) })}</List.Item>
          <List.Item>{t("sureAbort")}</List.Item>
          <List.Item>{t(ofMachine(spec.fault) ? "sureMachine" : "sureProtect")}</List.Item>
          <List.Item>
            {added > 0
              ? t("sureObjectives", { served, added: duration(added) })
              : t("sureObjective", { served })}
          </List.Item>
        </List>
      </Stack>
    </Alert>
  );
}
