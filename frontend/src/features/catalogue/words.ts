// What is known of a model, as people read it.

import type { Schema } from "@/rpc";
import { price as exactly, number } from "@/shared/format";

export type Entry = Schema<"ModelEntry">;

const nothing = "–";

/** A price for a million tokens; free is a price, unknown is none. */
export const priceWords = (usd: number | null | undefined): string =>
  usd === undefined || usd === null ? nothing : exactly(usd);

/** The price of tokens from the vendor's cache; where none is known they cost what others do. */
export const cachedWords = (price: Schema<"Price"> | undefined): string =>
  price?.cache_read ? exactly(price.cache_read) : nothing;

/** Input and output of a price in one. */
export const bothWords = (price: Schema<"Price"> | undefined): string =>
  price ? `${exactly(price.input)} / ${exactly(price.output)}` : nothing;

/** Tokens as 128 k or 1.05 M: vendors count thousands by 1,000 or by 1,024. */
export function tokenWords(tokens: number | undefined): string {
  if (!tokens) return nothing;
  if (tokens < 10_000) return number(tokens);
  if (tokens < 1_000_000) return `${number(tokens / 1000)} k`;
  return `${number(tokens / 1_000_000, 2)} M`;
}

export const abilities = ["tools", "schema", "reasoning", "vision"] as const;
export type Ability = (typeof abilities)[number];

/** What a model can do, of what can be asked for. */
export function abilitiesOf(one: Entry): Ability[] {
  return abilities.filter((ability) =>
    ability === "vision" ? one.in?.includes("image") : one[ability] === true,
  );
}

export const labelOf = (one: { provider: string; id: string }): string => `${one.provider}/${one.id}`;

/** A label taken apart: ids of providers have no stroke, those of models may. */
export function partsOf(label: string): { provider: string; model: string } {
  const at = label.indexOf("/");
  return { provider: label.slice(0, Math.max(at, 0)), model: label.slice(at + 1) };
}
