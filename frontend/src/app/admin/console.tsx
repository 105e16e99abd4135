import { Waterfall } from "@/features/calls/waterfall";
import { ConsolePage } from "@/features/console";

/** The test console, with the steps of its calls drawn as in the log. */
export function ConsoleScreen() {
  return <ConsolePage steps={(call) => <Waterfall call={call} />} />;
}
