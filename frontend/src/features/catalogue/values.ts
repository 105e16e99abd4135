// The form of own facts: what is left empty is left to the catalogue.

import type { Schema } from "@/rpc";

export type Own = Schema<"OwnModel">;
type Figure = number | "";

export const prices = [
  "input",
  "output",
  "cache_read",
  "cache_write",
  "reasoning",
  "input_audio",
  "output_audio",
] as const;
export type PriceField = (typeof prices)[number];
export const sizes = ["context", "max_input", "max_output"] as const;
export const flags = ["tools", "schema", "reasoning"] as const;
export const kinds = ["chat", "embedding", "image", "audio", "video", "rerank", "moderation"] as const;
export const stages = ["active", "alpha", "beta", "deprecated"] as const;
export const takes = ["text", "image", "audio", "video", "pdf", "file"] as const;
export const gives = ["text", "image", "audio", "video", "pdf", "embeddings", "rerank"] as const;

/** What the catalogue says, or one's own yes or no. */
export type Flag = "" | "yes" | "no";

export interface Values {
  provider: string;
  model: string;
  title: string;
  kind: string;
  status: string;
  sizes: Record<(typeof sizes)[number], Figure>;
  price: Record<PriceField, Figure>;
  flags: Record<(typeof flags)[number], Flag>;
  in: string[];
  out: string[];
}

function all<Key extends string, Value>(keys: readonly Key[], of: (key: Key) => Value): Record<Key, Value> {
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<Key, Value>;
}

export function valuesOf(own: Partial<Own>): Values {
  return {
    provider: own.provider ?? "",
    model: own.model ?? "",
    title: own.title ?? "",
    kind: own.kind ?? "",
    status: own.status ?? "",
    sizes: all(sizes, (field) => own[field] || ""),
    // Zero is a price.
    price: all(prices, (field) => own.price?.[field] ?? ""),
    flags: all(flags, (field) => (own[field] === undefined ? "" : own[field] ? "yes" : "no")),
    in: own.in ?? [],
    out: own.out ?? [],
  };
}

/** What is saved: null takes a fact back to the catalogue's. */
export function changeOf(values: Values) {
  return {
    title: values.title.trim() || null,
    kind: (values.kind || null) as NonNullable<Own["kind"]> | null,
    status: (values.status || null) as NonNullable<Own["status"]> | null,
    ...all(sizes, (field) => values.sizes[field] || null),
    price: all(prices, (field) => (values.price[field] === "" ? null : values.price[field])),
    ...all(flags, (field) => (values.flags[field] === "" ? null : values.flags[field] === "yes")),
    in: (values.in.length > 0 ? values.in : null) as NonNullable<Own["in"]> | null,
    out: (values.out.length > 0 ? values.out : null) as NonNullable<Own["out"]> | null,
  };
}

/** The same for a document that is new: what is left to the catalogue is left out. */
export function newOf(values: Values): Own {
  const { price, ...rest } = changeOf(values);
  const said = (of: object) => Object.fromEntries(Object.entries(of).filter(([, value]) => value !== null));
  const own = said(price);
  return {
    ...said(rest),
    ...(Object.keys(own).length > 0 ? { price: own } : {}),
    provider: values.provider,
    model: values.model.trim(),
  } as Own;
}
