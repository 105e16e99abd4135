import { describe, expect, expectTypeOf, test } from "vitest";
import {
  CallError,
  callOver,
  type OperationId,
  type Params,
  type Problem,
  type Result,
  type Schema,
} from "./call";

describe("call", () => {
  const asked: [string, unknown][] = [];
  const call = callOver({
    request: async (method, params) => {
      asked.push([method, params]);
      return { name: "openai", provider: "openai" };
    },
  });

  test("sends the operation's id and its params by name", async () => {
    const made = await call("upstreams.create", { body: { name: "openai", provider: "openai" } });
    expect(made.name).toBe("openai");
    await call("status.get");
    expect(asked).toEqual([
      ["upstreams.create", { body: { name: "openai", provider: "openai" } }],
      ["status.get", {}],
    ]);
  });

  test("knows params and results by the operation's id", () => {
    expectTypeOf<Result<"upstreams.get">>().toEqualTypeOf<Schema<"Upstream">>();
    expectTypeOf<Result<"upstreams.list">["items"]>().toEqualTypeOf<Schema<"Upstream">[]>();
    expectTypeOf<Result<"upstreams.delete">>().toEqualTypeOf<null>();
    expectTypeOf<Result<"keys.create">["secret"]>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Params<"upstreams.get">>().toEqualTypeOf<{ ref: string; tenant?: string }>();
    expectTypeOf<Params<"upstreams.update">["body"]["title"]>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<"calls.export">().not.toExtend<OperationId>();
    // @ts-expect-error: a name is required
    void (() => call("upstreams.create", { body: { provider: "openai" } }));
    // @ts-expect-error: there is no such field
    void (() => call("upstreams.create", { body: { name: "a", provider: "b", colour: "red" } }));
    // @ts-expect-error: which one?
    void (() => call("upstreams.get"));
    // @ts-expect-error: there is no such operation
    void (() => call("upstreams.paint"));
  });

  test("never shows a secret in a result", () => {
    expectTypeOf<Result<"credentials.get">>().not.toHaveProperty("secret");
    expectTypeOf<Result<"members.get">>().not.toHaveProperty("password");
    expectTypeOf<Result<"keys.get">>().not.toHaveProperty("secret");
  });
});

describe("CallError", () => {
  const problem: Problem = {
    title: "invalid",
    status: 422,
    detail: "base_url: must be a URL",
    code: "invalid",
    public: "HW-DOC-422",
    errors: [{ location: "body.base_url", message: "must be a URL" }],
  };

  test("finds what is wrong with a field", () => {
    const error = new CallError(problem);
    expect(error.message).toBe("base_url: must be a URL");
    expect(error.at("base_url")).toBe("must be a URL");
    expect(error.at("name")).toBeUndefined();
  });
});
