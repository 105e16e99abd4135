// What the service's errors mean, in the page's language. English comes from
// the service as it is; Chinese is told from the stable code, with the
// service's own words beside it where they carry the particulars.

import type { Schema } from "@/rpc";
import type { Problem } from "@/rpc/call";
import { locale } from ".";
import { codes } from "./codes";
import { sentences } from "./said";

export interface ProblemWords {
  what: string;
  next?: string | undefined;
}

export function problemWords(problem: Problem): ProblemWords {
  const known = codes[problem.code];
  if (locale() !== "zh-CN" || !known) {
    return { what: problem.detail, next: problem.hint ?? known?.en.next };
  }
  return { what: `${known.zh.what}（${problem.detail}）`, next: known.zh.next };
}

type Failed = Pick<Schema<"TestReport">, "diagnosis" | "diagnosis_said" | "hint" | "hint_said" | "code">;

/**
 * The same of a test that failed, which names its code as people quote it. What
 * the service says by key is said whole; else Chinese comes from the code.
 */
export function testWords(report: Failed): ProblemWords {
  const known = Object.values(codes).find((one) => one.public === report.code);
  const zh = locale() === "zh-CN" ? known?.zh : undefined;
  const what = zh ? `${zh.what}（${report.diagnosis}）` : report.diagnosis;
  return {
    what: sentences(report.diagnosis_said) ?? what,
    next: sentences(report.hint_said) ?? zh?.next ?? report.hint ?? known?.en.next,
  };
}
