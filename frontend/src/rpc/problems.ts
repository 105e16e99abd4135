// Every way in which a request can fail, as the one problem type the page shows.

import { CallError, type Problem } from "./call";

/** The codes that only the page gives. */
export const localCodes = {
  lost: "line_lost",
  timeout: "line_timeout",
  unreadable: "line_unreadable",
} as const;

const publics: Record<string, string> = {
  line_lost: "HW-LINE-LOST",
  line_timeout: "HW-LINE-TIMEOUT",
  line_unreadable: "HW-LINE-UNREADABLE",
};

/** A failure on the way to the service. */
export function lineError(code: string, detail: string): CallError {
  return new CallError({ code, public: publics[code] ?? code, detail, title: detail, status: 0 });
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value;
}

/** What the service or the window's bridge answered instead of a result. */
export function asCallError(value: unknown): CallError {
  if (value instanceof CallError) return value;
  if (isProblem(value)) return new CallError(value);
  const text = value instanceof Error ? value.message : String(value);
  try {
    const parsed: unknown = JSON.parse(text);
    if (isProblem(parsed)) return new CallError(parsed);
  } catch {
    // Not a problem in JSON: the words themselves are what is known.
  }
  return lineError(localCodes.lost, text);
}
