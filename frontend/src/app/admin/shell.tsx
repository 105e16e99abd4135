import {
  AppShell,
  Badge,
  Burger,
  Button,
  Group,
  NavLink,
  ScrollArea,
  Text,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { DrillBanner } from "@/features/drill/banner";
import { useLineState, useRead } from "@/rpc/react";
import { useT } from "@/shared/i18n";
import { CopyButton } from "@/shared/ui";
import { AccountMenu } from "./account";
import { Contact } from "./contact";
import { Jobs } from "./jobs";
import { openPalette, Palette } from "./palette";
import { places } from "./places";
import classes from "./shell.module.css";
import { shellText } from "./text";

/** The window: navigation at the side, the line's state on top, one screen in the middle. */
export function Shell() {
  const t = useT(shellText);
  const [opened, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const narrow = useMediaQuery("(max-width: 48em)") ?? false;
  const main = useRef<HTMLElement>(null);
  const { phase, remote, address } = useLineState();
  const first = useRef(true);
  useEffect(() => {
    close();
    // A new screen begins at its heading, for the keyboard and for who listens.
    if (!first.current && path) main.current?.querySelector<HTMLElement>("[data-page-title]")?.focus();
    first.current = false;
  }, [path, close]);
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding="md"
    >
      <button type="button" className="hw-skip" onClick={() => main.current?.focus()}>
        {t("skip")}
      </button>
      <AppShell.Header px="md" className={classes.bar}>
        <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap" miw={0}>
            {narrow ? <Burger opened={opened} onClick={toggle} size="sm" aria-label={t("menu")} /> : null}
            <Text fw={700}>Headwater</Text>
            {/* Whose buttons these are, when they are not this machine's. */}
            {remote ? (
              <Badge variant="light" color="yellow" tt="none">
                {address}
              </Badge>
            ) : null}
            {narrow ? null : <Endpoint />}
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Tooltip label="Ctrl+K">
              <Button
                variant="default"
                size="compact-md"
                leftSection={<IconSearch size={16} aria-hidden />}
                onClick={openPalette}
                aria-label={t("palette")}
              >
                {narrow ? "" : t("palette")}
              </Button>
            </Tooltip>
            <Jobs />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" className={classes.nav} aria-label={t("nav")}>
        <AppShell.Section grow component={ScrollArea}>
          {places.map((place) => (
            <NavLink
              key={place.to}
              component={Link}
              to={place.to}
              label={t(place.key)}
              active={place.to === "/" ? path === "/" : path.startsWith(place.to)}
              aria-current={
                (place.to === "/" ? path === "/" : path.startsWith(place.to)) ? "page" : undefined
              }
              leftSection={<place.icon size={18} aria-hidden />}
            />
          ))}
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <Contact />
        <DrillBanner />
        <div className={phase === "online" ? classes.content : `${classes.content} hw-stale`}>
          <Outlet />
        </div>
      </AppShell.Main>
      <Palette />
    </AppShell>
  );
}

function Endpoint() {
  const t = useT(shellText);
  const status = useRead("status.get", {});
  const address = status.data?.addresses.data;
  if (!address) return null;
  const url = `http://${address}/v1`;
  return (
    <Group gap={2} wrap="nowrap">
      <UnstyledButton component="span" fz="sm" c="dimmed" title={t("endpoint")} className="hw-figures">
        {url}
      </UnstyledButton>
      <CopyButton text={url} compact label={`${t("endpoint")}: ${url}`} />
    </Group>
  );
}
