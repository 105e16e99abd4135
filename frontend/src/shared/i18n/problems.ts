// What the service's errors mean, in the page's language. English comes from
// the service as it is; Chinese is told from the stable code, with the
// service's own words beside it where they carry the particulars.

import type { Schema } from "@/rpc";
import type { Problem } from "@/rpc/call";
import { locale } from ".";
import { codes } from "./codes";

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

/** The same of a test that failed, which names its code as people quote it. */
export function testWords(report: Schema<"TestReport">): ProblemWords {
  const known = Object.values(codes).find((one) => one.public === report.code);
  if (locale() !== "zh-CN" || !known) {
    return { what: report.diagnosis, next: report.hint ?? known?.en.next };
  }
  return { what: `${known.zh.what}（${report.diagnosis}）`, next: known.zh.next };
}
