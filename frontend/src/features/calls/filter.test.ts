import { expect, test } from "vitest";
import { matches, parse } from "./filter";

const call = {
  id: "req_1",
  started_at: "2026-01-01T00:00:00Z",
  status: 503,
  asked: "Fast",
  route: "fast",
  app: "crm",
  tenant: "acme",
  code: "no_healthy_upstream",
  error: "Tried 2",
  bytes_in: 1,
  bytes_out: 1,
  total_ms: 1,
  attempts: [
    {
      start_ms: 0,
      total_ms: 1,
      tier: 1,
      upstream: "gone",
      model: "m",
      target_id: "t",
      class: "unreachable" as const,
    },
  ],
};

test("a line of words becomes the service's parameters", () => {
  expect(parse("status:5xx model:gpt-4:latest app:crm errors time out").filter).toEqual({
    status_class: 5,
    model: "gpt-4:latest",
    app: "crm",
    errors: true,
    q: "time out",
  });
  expect(parse("status:404").filter).toEqual({ status: 404 });
  expect(parse("").filter).toEqual({});
});

test("what is no filter is named", () => {
  expect(parse("colour:red").unknown).toBe("colour:red");
  expect(parse("status:abc").unknown).toBe("status:abc");
  expect(parse("plain words").unknown).toBeUndefined();
});

test.each([
  ["", true],
  ["status:503", true],
  ["status:5xx", true],
  ["status:4xx", false],
  ["errors", true],
  ["model:Fast", true],
  ["model:fast", false],
  ["upstream:gone", true],
  ["upstream:other", false],
  ["app:crm tenant:acme", true],
  ["app:crm tenant:other", false],
  ["code:no_healthy_upstream", true],
  ["REQ_1", true],
  ["tried 2", true],
  ["nothing like it", false],
])("%s", (line, expected) => {
  expect(matches(call, parse(line).filter)).toBe(expected);
});
