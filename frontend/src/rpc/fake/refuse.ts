// How the fake service says no: as the real one does.

import { CallError, type Problem } from "../call";

export function refuse(status: number, code: string, detail: string, more: Partial<Problem> = {}): CallError {
  return new CallError({
    status,
    code,
    detail,
    title: code.replaceAll("_", " "),
    public: `HW-${code.toUpperCase().replaceAll("_", "-")}-${status}`,
    ...more,
  });
}

export const notFound = (what: string) => refuse(404, "not_found", `There is no ${what}.`);

/** A problem at one field of the body. */
export const atField = (field: string, message: string) =>
  refuse(422, "invalid", message, { errors: [{ location: `body.${field}`, message }] });
