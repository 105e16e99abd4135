import { Button, Drawer, Group, Radio, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { type FormEvent, useState } from "react";
import { asCallError, type CallError, type Schema } from "@/rpc";
import { useCommand, useRead } from "@/rpc/react";
import { useDraft } from "@/shared/hooks";
import { useT } from "@/shared/i18n";
import { CommandButton, fieldErrors, SaveFailure, uiText } from "@/shared/ui";
import { appText } from "./text";

type App = Schema<"App">;
type Criticality = NonNullable<App["criticality"]>;

/** From those that are refused last to those that are refused first. */
const criticalities = ["critical_plus", "critical", "sheddable_plus", "sheddable"] as const;

interface FormProps {
  opened: boolean;
  onClose: () => void;
  onSaved: (saved: App) => void;
  edited?: App;
}

interface Values {
  name: string;
  title: string;
  tenant: string;
  newTenant: string;
  routes: string[];
  criticality: Criticality;
}

/** Stands for a tenant that is still to be made; no tenant can have this name. */
const another = "+";

const valuesOf = (app: App | undefined): Values => ({
  name: app?.name ?? "",
  title: app?.title ?? "",
  tenant: app?.tenant ?? "",
  newTenant: "",
  routes: app?.routes ?? ["*"],
  criticality: app?.criticality ?? "critical",
});

/** Adds an app, or changes one. */
export function AppForm(props: FormProps) {
  const t = useT(appText);
  return (
    <Drawer
      opened={props.opened}
      onClose={props.onClose}
      position="right"
      size="lg"
      title={props.edited ? `${t("edit")}: ${props.edited.name}` : t("create")}
    >
      <Body key={props.edited?.id ?? ""} {...props} />
    </Drawer>
  );
}

function Body(props: FormProps) {
  const t = useT(appText);
  const ui = useT(uiText);
  const { edited } = props;
  const tenants = useRead("tenants.list", { limit: 5000 });
  const routes = useRead("routes.list", { limit: 1000 });
  const create = useCommand("apps.create");
  const update = useCommand("apps.update");
  const addTenant = useCommand("tenants.create");
  const [values, setValues] = useState<Values>(() => valuesOf(edited));
  const [version, setVersion] = useState(edited?.version);
  const [error, setError] = useState<CallError>();
  const set = (change: Partial<Values>) => setValues((before) => ({ ...before, ...change }));
  // A draft of an earlier page may lack what has come since.
  const draft = useDraft(`app.${edited?.id ?? ""}`, values, set);
  const errors = error ? fieldErrors(error) : {};
  const names = (tenants.data?.items ?? []).map((one) => one.name);
  const tenant = values.tenant || (names.length === 0 ? another : (names[0] ?? another));
  const body = { title: values.title, routes: values.routes, criticality: values.criticality };

  const save = async (basedOn = version) => {
    setError(undefined);
    try {
      let saved: App;
      if (edited) {
        const ref = { ref: edited.name, ...(edited.tenant ? { tenant: edited.tenant } : {}) };
        saved = await update.mutateAsync({
          ...ref,
          body: { ...body, ...(basedOn ? { version: basedOn } : {}) },
        });
      } else {
        if (tenant === another) await addTenant.mutateAsync({ body: { name: values.newTenant } });
        saved = await create.mutateAsync({
          body: { ...body, name: values.name, tenant: tenant === another ? values.newTenant : tenant },
        });
      }
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
          required
          disabled={edited !== undefined}
          data-autofocus
          maxLength={64}
          value={values.name}
          error={errors.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <Select
          label={t("tenant")}
          required
          searchable
          limit={100}
          allowDeselect={false}
          disabled={edited !== undefined}
          data={[
            ...names.map((name) => ({ value: name, label: name })),
            { value: another, label: t("orNew") },
          ]}
          value={edited ? (edited.tenant ?? "") : tenant}
          error={errors.tenant}
          onChange={(choice) => set({ tenant: choice ?? "" })}
        />
        {tenant === another && !edited ? (
          <TextInput
            label={t("newTenant")}
            required
            maxLength={64}
            value={values.newTenant}
            onChange={(event) => set({ newTenant: event.currentTarget.value })}
          />
        ) : null}
        <TextInput
          label={t("label")}
          description={t("labelNote")}
          maxLength={200}
          value={values.title}
          error={errors.title}
          onChange={(event) => set({ title: event.currentTarget.value })}
        />
        <TagsInput
          label={t("routes")}
          description={t("routesNote")}
          data={["*", ...(routes.data?.items ?? []).map((one) => one.name).filter((name) => name !== "*")]}
          limit={100}
          maxTags={1000}
          value={values.routes}
          error={errors.routes}
          onChange={(chosen) => set({ routes: chosen })}
        />
        <Radio.Group
          label={t("criticality")}
          description={t("criticalityNote")}
          value={values.criticality}
          error={errors.criticality}
          onChange={(choice) => set({ criticality: choice as Criticality })}
        >
          <Stack gap="xs" mt="xs">
            {criticalities.map((one) => (
              <Radio
                key={one}
                value={one}
                label={t(`critical.${one}`)}
                description={t(`criticalWords.${one}`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        <SaveFailure
          error={error}
          name={edited?.name}
          kind="apps"
          {...(edited?.tenant ? { tenant: edited.tenant } : {})}
          mine={body}
          onMine={(now) => {
            setVersion(now);
            void save(now);
          }}
          onTheirs={(theirs) => {
            setValues(valuesOf(theirs as App));
            setVersion((theirs as App).version);
            setError(undefined);
          }}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {ui("cancel")}
          </Button>
          <CommandButton type="submit" loading={create.isPending || update.isPending || addTenant.isPending}>
            {edited ? ui("save") : t("create")}
          </CommandButton>
        </Group>
      </Stack>
    </form>
  );
}
