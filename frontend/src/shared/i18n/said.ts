// Sentences of the service about an upstream, in the page's language. They come
// as stable keys beside the English; where there is none, as in what was kept by
// an earlier version, or one that this page does not know, the English stays.

import type { Schema } from "@/rpc";
import { locale, translate } from ".";
import { saidText } from "./saidtext";

type Said = Schema<"Said">;

const rows: Record<string, string> = saidText.en;

/** Whether this page has the sentence, and the sentence all that stands in its text. */
function isKnown({ key, args = {} }: Said): boolean {
  if (!Object.hasOwn(rows, key)) return false;
  return [...(rows[key] ?? "").matchAll(/\{\{(\w+)\}\}/g)].every(([, name]) =>
    Object.hasOwn(args, name ?? ""),
  );
}

/** Sentences in the page's language; nothing where it does not know them all. */
export function sentences(said: Said[] | null | undefined): string | undefined {
  if (!said?.length || !said.every(isKnown)) return undefined;
  const t = translate(saidText);
  return said.map(({ key, args }) => t(key as "tls.none", args)).join(locale() === "zh-CN" ? "" : " ");
}

/** The same, or the service's English words. */
export function told(words: string | undefined, said: Said[] | null | undefined): string {
  return sentences(said) ?? words ?? "";
}
