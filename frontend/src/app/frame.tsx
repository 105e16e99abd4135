import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "./mantine.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./global.css";
import { Drawer, MantineProvider, Modal, mergeThemeOverrides } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { setNonce } from "get-nonce";
import { type ReactNode, useMemo } from "react";
import { useT } from "@/shared/i18n";
import { uiText } from "@/shared/ui/text";
import { theme } from "./theme";

/** The nonce that the page was served with: the only way in for style elements. */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}

setNonce(styleNonce());

/** What every page has around it: theme, styles, notifications. */
export function Frame(props: { children: ReactNode }) {
  const t = useT(uiText);
  const close = t("close");
  // Whatever slides in can be closed by who cannot see the cross, too.
  const named = useMemo(() => {
    const defaultProps = { closeButtonProps: { "aria-label": close } };
    return mergeThemeOverrides(theme, {
      components: { Drawer: Drawer.extend({ defaultProps }), Modal: Modal.extend({ defaultProps }) },
    });
  }, [close]);
  return (
    <MantineProvider theme={named} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      <Notifications position="bottom-right" limit={4} />
      {props.children}
    </MantineProvider>
  );
}
