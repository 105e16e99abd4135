// The typed way to the service: every operation by its id, with the params and
// the result that the service's own table says. This file knows no socket; a
// Transport does.

import type { components, operations } from "./gen";

/** A type of the service by its name, e.g. Schema<"Upstream">. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

/** What went wrong, as the service says it: RFC 9457 with code, hint and places. */
export type Problem = Schema<"ProblemDetails">;

/** The operations that only REST offers: a socket cannot carry a download. */
type RestOnly = "calls.export" | "console.send";

/** The id of an operation, e.g. "upstreams.create". */
export type OperationId = Exclude<keyof operations, RestOnly>;

type Operation<Id extends OperationId> = operations[Id];

type Known<T> = [T] extends [never] ? unknown : T;
type PathOf<Op> = Op extends { parameters: { path: infer Path } } ? Path : unknown;
type QueryOf<Op> = Op extends { parameters: { query?: infer Query } } ? Known<NonNullable<Query>> : unknown;
type BodyOf<Op> = Op extends { requestBody: { content: { "application/json": infer Body } } }
  ? { body: Body }
  : unknown;
type Flat<T> = { [Key in keyof T]: T[Key] };

/** The params of an operation: its body, and the parts of path and query by name. */
export type Params<Id extends OperationId> = Flat<
  PathOf<Operation<Id>> & QueryOf<Operation<Id>> & BodyOf<Operation<Id>>
>;

type JsonOf<Response> = Response extends { content: { "application/json": infer Json } } ? Json : never;
type ResponsesOf<Op> = Op extends { responses: infer Responses } ? Responses : never;
type SuccessOf<Responses> = {
  [Status in keyof Responses]: Status extends 200 | 201 ? JsonOf<Responses[Status]> : never;
}[keyof Responses];

/** The result of an operation; null where it answers nothing. */
export type Result<Id extends OperationId> = [SuccessOf<ResponsesOf<Operation<Id>>>] extends [never]
  ? null
  : SuccessOf<ResponsesOf<Operation<Id>>>;

/** What can be followed, and what its events carry. */
export interface Streams {
  "calls.tail": Schema<"Call">;
  "health.watch": Schema<"HealthChanged">;
  "config.changed": Schema<"ConfigChanged">;
  "jobs.watch": Schema<"Job">;
  "drills.watch": Schema<"Drill">;
}

/** One event of a stream. */
export interface StreamEvent<Name extends keyof Streams> {
  /** The event's number: subscribe after the last one to go on from there. */
  seq: number;
  at: string;
  data: Streams[Name];
}

/** What a subscription receives at once. */
export interface Push<Name extends keyof Streams> {
  subscription: string;
  seq: number;
  events: StreamEvent<Name>[];
  /** Events that were lost since the last push. */
  dropped?: number;
}

/** A line to the service. It rejects with a CallError, and with nothing else. */
export interface Transport {
  request(method: string, params: unknown): Promise<unknown>;
}

/** An operation that the service refused. */
export class CallError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = "CallError";
  }

  /** What was found at a field of the body, e.g. at("base_url"); undefined when nothing was. */
  at(field: string): string | undefined {
    return this.problem.errors?.find((e) => e.location === `body.${field}`)?.message;
  }
}

// biome-ignore lint/complexity/noBannedTypes: {} is what an operation without params leaves over
type Arguments<Id extends OperationId> = {} extends Params<Id> ? [params?: Params<Id>] : [params: Params<Id>];

/** Runs an operation. */
export type Call = <Id extends OperationId>(id: Id, ...args: Arguments<Id>) => Promise<Result<Id>>;

/** Makes the typed call of a line. */
export function callOver(transport: Transport): Call {
  return async <Id extends OperationId>(id: Id, ...args: Arguments<Id>) =>
    // The one cast: from here on the service's table answers for the type.
    (await transport.request(id, args[0] ?? {})) as Result<Id>;
}
