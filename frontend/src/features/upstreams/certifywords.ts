// What live checks of a model come to: in what order they are told, and what a failed one means for calls.

import type { Schema } from "@/rpc";
import { certifyText } from "./certifytext";

type CapabilityCheck = Schema<"CapabilityCheck">;
type CapabilityRecord = Schema<"CapabilityRecord">;
export type CheckOutcome = CapabilityCheck["outcome"];

export const outcomes = ["yes", "no", "unclear", "skipped"] as const;

/** The topics in the order in which they are shown, each with the first parts of its checks' names. */
const topics = {
  answers: ["models", "plain", "count", "reasoning", "embeddings"],
  streams: ["stream", "cancel"],
  tools: ["tools"],
  schemas: ["json", "schema"],
  media: ["vision", "document"],
  errors: ["errors"],
  limits: ["rate"],
} as const;

export type Topic = keyof typeof topics | "other";

const topicOf = (check: string): Topic => {
  const first = check.split(".")[0];
  const found = Object.entries(topics).find(([, firsts]) => firsts.some((one) => one === first));
  return (found?.[0] as Topic | undefined) ?? "other";
};

/** Checks by topic; topics without any are left out. */
export function byTopic<Check>(checks: Check[], nameOf: (check: Check) => string): [Topic, Check[]][] {
  return ([...Object.keys(topics), "other"] as Topic[])
    .map((topic): [Topic, Check[]] => [topic, checks.filter((one) => topicOf(nameOf(one)) === topic)])
    .filter(([, found]) => found.length > 0);
}

/** The key of a check's words, or nothing where the service knows more checks than the page. */
export function checkKey(name: string): string | undefined {
  return Object.hasOwn(certifyText.en.check, name) ? `check.${name}` : undefined;
}

/** The key of the calls that routing sends elsewhere since a check failed, or nothing where it does not. */
export function effectKey(check: Pick<CapabilityCheck, "outcome" | "capability">): string | undefined {
  const { outcome, capability } = check;
  return outcome === "no" && capability && Object.hasOwn(certifyText.en.that, capability)
    ? `that.${capability}`
    : undefined;
}

/** The key of a sentence of every run, for records of versions that sent no keys; else nothing. */
export function whyKey(words: string): string | undefined {
  const found = Object.entries(certifyText.en.why).find(([, said]) => said === words);
  return found && `why.${found[0]}`;
}

/** How many checks went each way, without those that none did. */
export function counts(record: Pick<CapabilityRecord, CheckOutcome>): [CheckOutcome, number][] {
  return outcomes.map((one): [CheckOutcome, number] => [one, record[one]]).filter(([, count]) => count > 0);
}

/** True when what was asked then is not where calls go now: the record says nothing of it any more. */
export function elsewhere(record: Pick<CapabilityRecord, "address">, baseUrl: string | undefined): boolean {
  const plain = (url: string) => url.replace(/\/+$/, "");
  return !!baseUrl && !!record.address && plain(baseUrl) !== plain(record.address);
}
