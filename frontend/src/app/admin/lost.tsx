import { Anchor, Button, Code } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useT } from "@/shared/i18n";
import { Empty, Page } from "@/shared/ui";
import { shellText } from "./text";

export function NotFound() {
  const t = useT(shellText);
  return (
    <Page title={t("notFound")}>
      <Empty
        title={t("notFound")}
        why={t("notFoundWhy")}
        action={
          <Anchor component={Link} to="/">
            {t("toHome")}
          </Anchor>
        }
      />
    </Page>
  );
}

export function Broken(props: { error: unknown }) {
  const t = useT(shellText);
  return (
    <Page title={t("broken")}>
      <Empty
        title={t("broken")}
        why={t("brokenWhy")}
        action={<Button onClick={() => location.reload()}>{t("reload")}</Button>}
        link={<Code block>{String(props.error)}</Code>}
      />
    </Page>
  );
}
