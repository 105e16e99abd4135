import { ActionIcon, Menu, Text, useMantineColorScheme } from "@mantine/core";
import {
  IconCheck,
  IconLanguage,
  IconLogout,
  IconMoon,
  IconPlugConnected,
  IconSun,
  IconSunMoon,
  IconUser,
} from "@tabler/icons-react";
import { useState } from "react";
import { useLine, useLineState } from "@/rpc/react";
import { useLanguage, useT } from "@/shared/i18n";
import { ConnectionsDialog, useConnectionsTitle } from "@/shared/ui";
import { shellText } from "./text";

const schemes = [
  { id: "auto", key: "themeAuto", icon: IconSunMoon },
  { id: "light", key: "themeLight", icon: IconSun },
  { id: "dark", key: "themeDark", icon: IconMoon },
] as const;
const languages = [
  { id: "en", label: "English" },
  { id: "zh", label: "中文" },
] as const;

/** Who is signed in; language, light and dark; the way out. */
export function AccountMenu() {
  const t = useT(shellText);
  const line = useLine();
  const { member, role } = useLineState();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [language, setLanguage] = useLanguage();
  const [connecting, setConnecting] = useState(false);
  const connections = useConnectionsTitle();
  return (
    <>
      <ConnectionsDialog opened={connecting} onClose={() => setConnecting(false)} />
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon variant="default" size="md" aria-label={t("account")}>
            <IconUser size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {member ? (
            <Menu.Label>
              <Text size="sm" fw={600}>
                {member}
              </Text>
              {role ? t(role) : null}
            </Menu.Label>
          ) : null}
          <Menu.Label>{t("theme")}</Menu.Label>
          {schemes.map((scheme) => (
            <Menu.Item
              key={scheme.id}
              leftSection={<scheme.icon size={16} aria-hidden />}
              rightSection={colorScheme === scheme.id ? <IconCheck size={16} aria-hidden /> : null}
              aria-current={colorScheme === scheme.id ? "true" : undefined}
              onClick={() => setColorScheme(scheme.id)}
            >
              {t(scheme.key)}
            </Menu.Item>
          ))}
          <Menu.Label>{t("language")}</Menu.Label>
          {languages.map((choice) => (
            <Menu.Item
              key={choice.id}
              lang={choice.id === "zh" ? "zh-CN" : "en"}
              leftSection={<IconLanguage size={16} aria-hidden />}
              rightSection={language === choice.id ? <IconCheck size={16} aria-hidden /> : null}
              aria-current={language === choice.id ? "true" : undefined}
              onClick={() => setLanguage(choice.id)}
            >
              {choice.label}
            </Menu.Item>
          ))}
          <Menu.Divider />
          {line.window ? (
            <Menu.Item
              leftSection={<IconPlugConnected size={16} aria-hidden />}
              onClick={() => setConnecting(true)}
            >
              {connections}
            </Menu.Item>
          ) : null}
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void line.signOut()}>
            {t("signOut")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
