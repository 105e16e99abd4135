// The form's parameters of requests: pure steps between them and the document.

import type { Schema } from "@/rpc";

type Figure = number | "";
type Said = Schema<"ParameterValues">;

/** The parameters that are numbers, with what they may be. Source: the service's document. */
export const figureBounds = {
  temperature: { least: 0, most: 2, step: 0.1 },
  top_p: { least: 0, most: 1, step: 0.05 },
  max_tokens: { least: 0, most: 10_000_000, step: 1 },
  seed: { least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER, step: 1 },
  presence_penalty: { least: -2, most: 2, step: 0.1 },
  frequency_penalty: { least: -2, most: 2, step: 0.1 },
} as const;
export type FigureName = keyof typeof figureBounds;
export const figureNames = Object.keys(figureBounds) as FigureName[];

export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh"] as const;
export type Effort = (typeof efforts)[number];

/** In the order in which they are shown. */
export const parameterNames = [
  "temperature",
  "top_p",
  "max_tokens",
  "reasoning_effort",
  "stop",
  "seed",
  "presence_penalty",
  "frequency_penalty",
  "user",
] as const;
export type ParameterName = (typeof parameterNames)[number];

/** Which of the two words of a route on a parameter. */
export const sides = ["set", "default"] as const;
export type Side = (typeof sides)[number];

export interface SideValues extends Record<FigureName, Figure> {
  reasoning_effort: Effort | "";
  stop: string[];
  user: string;
}
export type ParametersValues = Record<Side, SideValues>;

function sideOf(said: Said | undefined): SideValues {
  return {
    temperature: said?.temperature ?? "",
    top_p: said?.top_p ?? "",
    max_tokens: said?.max_tokens || "",
    seed: said?.seed ?? "",
    presence_penalty: said?.presence_penalty ?? "",
    frequency_penalty: said?.frequency_penalty ?? "",
    reasoning_effort: said?.reasoning_effort || "",
    stop: said?.stop ?? [],
    user: said?.user ?? "",
  };
}

export function parametersOf(said: Schema<"Parameters"> | undefined): ParametersValues {
  return { set: sideOf(said?.set), default: sideOf(said?.default) };
}

/** What the service takes: null takes a word back, since 0 is one. */
function bodyOfSide(values: SideValues): Said {
  const figure = (name: FigureName) => (values[name] === "" ? null : values[name]);
  return {
    temperature: figure("temperature"),
    top_p: figure("top_p"),
    max_tokens: values.max_tokens || 0,
    seed: figure("seed"),
    presence_penalty: figure("presence_penalty"),
    frequency_penalty: figure("frequency_penalty"),
    reasoning_effort: values.reasoning_effort || null,
    stop: values.stop,
    user: values.user,
  };
}

export function parametersBody(values: ParametersValues): Schema<"Parameters"> {
  return { set: bodyOfSide(values.set), default: bodyOfSide(values.default) };
}

/** What a side says of a parameter, as one reads it; empty when it says nothing. */
export function wordOn(values: SideValues, name: ParameterName): string {
  const value = values[name];
  return Array.isArray(value) ? value.map((one) => `“${one}”`).join(", ") : String(value);
}

/** Whether a route has a word on any parameter. */
export function saysAny(values: ParametersValues): boolean {
  return sides.some((side) => parameterNames.some((name) => wordOn(values[side], name) !== ""));
}
