// A line to the service: how the page reaches it, and what it knows of the
// connection. Two implementations: a socket of the page's own (browser) and
// the window's bridge, whose Go side holds socket and token.

import type { Params, Push, Schema, Streams, Transport } from "./call";

/** Where the line stands. */
export type LinePhase =
  /** Nothing is known yet. */
  | "connecting"
  /** Signed in and answering. */
  | "online"
  /** The service answers and wants a sign-in. */
  | "signed_out"
  /** There is nobody at the address: the service was never reached. */
  | "no_service"
  /** There was contact; it is being tried again. */
  | "lost";

export interface LineState {
  phase: LinePhase;
  /** The admin address, host:port. */
  address: string;
  /** True when the service is on another machine. */
  remote: boolean;
  /** When the next try is due, as milliseconds since 1970; absent when none is planned. */
  retryAt?: number;
  /** When contact was lost, likewise. */
  lostAt?: number;
  /** Who is signed in. */
  member?: string;
  role?: "administrator" | "viewer";
  /** Why there is no contact, in words. */
  error?: string;
}

/** What the window can do beyond a browser's page. */
export interface WindowPowers {
  /** Starts the service; rejects with the command to run where it cannot. */
  startService(): Promise<void>;
  connections(): Promise<Connection[]>;
  addConnection(address: string, fingerprint: string): Promise<void>;
  changeTo(id: string): Promise<void>;
  removeConnection(id: string): Promise<void>;
}

/** A Headwater this window knows. */
export interface Connection {
  id: string;
  address: string;
  /** SHA-256 of its certificate, hex; empty for the one on this machine. */
  fingerprint?: string;
  current?: boolean;
}

/** A call of the test console that is under way. */
export interface ConsoleCall {
  /** Resolves after the last event; rejects with a CallError when it was refused, or when the line was lost. */
  done: Promise<void>;
  /** Gives the call up; its end is still told. */
  cancel(): void;
}

/** A test of an upstream that is under way. */
export interface TestRun {
  /** Resolves with the report, or with nothing when it was given up; rejects with a CallError. */
  done: Promise<Schema<"TestReport"> | undefined>;
  /** Gives the test up: the service stops asking the upstream. */
  cancel(): void;
}

/** Is told of an answer, piece by piece. */
export type ConsoleListener = (event: Schema<"ConsoleEvent">) => void;

/** Receives what a stream pushes. */
export type Follower<Name extends keyof Streams> = (push: Push<Name>) => void;

export interface Line extends Transport {
  state(): LineState;
  /** Calls back on every change until the returned function is called. */
  watch(changed: () => void): () => void;
  /** Follows a stream across lost lines, without gaps the service can still fill. */
  follow<Name extends keyof Streams>(stream: Name, follower: Follower<Name>): () => void;
  /** Makes a call in the name of an app; its answer is told piece by piece, the end last. */
  console(input: Schema<"ConsoleInput">, told: ConsoleListener): ConsoleCall;
  /** Tests an upstream; each step is told as it begins. */
  test(params: Params<"upstreams.test">, told: (step: string) => void): TestRun;
  signIn(name: string, password: string): Promise<void>;
  /** Redeems the setup code for the first administrator and signs in. */
  setUp(code: string, name: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** Tries again now. */
  retry(): void;
  /** Puts text on the clipboard. */
  copy(text: string): Promise<void>;
  /** Absent in a browser. */
  window?: WindowPowers;
}
