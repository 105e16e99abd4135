// Words in two languages. Each part of the page brings its own, English and
// Chinese side by side; the type system refuses a key that one of them lacks.

import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";

export type Language = "en" | "zh";

const languageKey = "headwater.language";

/** A tree of texts. */
export interface Tree {
  [key: string]: string | Tree;
}

/** The same tree with other words. */
export type Twin<T> = { [Key in keyof T]: T[Key] extends string ? string : Twin<T[Key]> };

/** The dotted paths of a tree; of plural keys (x_one, x_other) also their stem. */
type Path<T> = {
  [Key in keyof T & string]: T[Key] extends string
    ? Key extends `${infer Stem}_${"one" | "other"}`
      ? Key | Stem
      : Key
    : `${Key}.${Path<T[Key]>}`;
}[keyof T & string];

export type Values = Record<string, string | number>;
export type Translate<T> = (key: Path<T>, values?: Values) => string;

/** The texts of one part of the page. */
export interface Texts<T extends Tree> {
  namespace: string;
  en: T;
  zh: Twin<T>;
}

const all = new Map<string, Texts<Tree>>();

function detect(): Language {
  const kept = typeof localStorage === "undefined" ? null : localStorage.getItem(languageKey);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

void i18next.use(initReactI18next).init({
  lng: detect(),
  fallbackLng: "en",
  supportedLngs: ["en", "zh"],
  resources: {},
  // React escapes what it shows; escaping twice would show entities.
  interpolation: { escapeValue: false },
  returnNull: false,
});
i18next.on("languageChanged", markDocument);
markDocument(i18next.language);

function markDocument(language: string): void {
  if (typeof document !== "undefined") document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** Declares the texts of one part of the page. */
export function texts<T extends Tree>(namespace: string, en: T, zh: Twin<T>): Texts<T> {
  const made = { namespace, en, zh };
  all.set(namespace, made as unknown as Texts<Tree>);
  i18next.addResourceBundle("en", namespace, en, true, true);
  i18next.addResourceBundle("zh", namespace, zh, true, true);
  return made;
}

/** The texts of one part of the page, in the language of the moment. */
export function useT<T extends Tree>(part: Texts<T>): Translate<T> {
  const { t } = useTranslation(part.namespace);
  return t as unknown as Translate<T>;
}

/** The same outside of React. */
export function translate<T extends Tree>(part: Texts<T>): Translate<T> {
  return ((key: string, values?: Values) =>
    i18next.t(key, { ...values, ns: part.namespace })) as Translate<T>;
}

export function useLanguage(): [Language, (language: Language) => void] {
  const { i18n } = useTranslation();
  return [i18n.language === "zh" ? "zh" : "en", setLanguage];
}

export function setLanguage(language: Language): void {
  localStorage.setItem(languageKey, language);
  void i18next.changeLanguage(language);
}

/** The language for numbers and dates. */
export function locale(): string {
  return i18next.language === "zh" ? "zh-CN" : "en-GB";
}

/** Every part declared so far, for the check of parity. */
export function allTexts(): Texts<Tree>[] {
  return [...all.values()];
}
