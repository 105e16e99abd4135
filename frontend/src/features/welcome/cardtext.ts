import { texts } from "@/shared/i18n";

export const cardText = texts(
  "card",
  { language: "Language", theme: "Light or dark", auto: "As the system", light: "Light", dark: "Dark" },
  { language: "语言", theme: "浅色或深色", auto: "跟随系统", light: "浅色", dark: "深色" },
);
