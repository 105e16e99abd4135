// The only door to the service.

import { BridgeLine } from "./bridge";
import { callOver } from "./call";
import type { Line } from "./line";
import { SocketLine } from "./socket";

export * from "./call";
export type {
  Connection,
  ConsoleCall,
  ConsoleListener,
  Line,
  LinePhase,
  LineState,
  WindowPowers,
} from "./line";
export { asCallError, localCodes } from "./problems";

/** The line this page has: the window's bridge inside the window, else a socket. */
export function openLine(): Line {
  const bridge = window.go?.main?.Bridge;
  if (bridge && window.runtime) return new BridgeLine(bridge, window.runtime);
  return new SocketLine();
}

export { callOver };
