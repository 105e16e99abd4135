import { expect, test } from "vitest";
import type { Schema } from "@/rpc";
import { curlOf } from "./curl";

const call = (endpoint: string, asked: string): Schema<"Call"> => ({ endpoint, asked }) as Schema<"Call">;

test("a name that a caller made up is no word of the shell, and no file", () => {
  const form = curlOf(call("transcriptions", "@/etc/passwd"), "h:1");
  expect(form).toContain("--form-string 'model=@/etc/passwd'");
  expect(form).not.toContain("-F 'model=");
  const json = curlOf(call("chat", "x'; id; '"), "h:1");
  expect(json).toContain(`"model":"x'\\''; id; '\\''"`);
});
