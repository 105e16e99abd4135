// Calls at a steady rate, as several apps would make them.

import { Agent, request } from "node:http";

export interface Load {
  /** Calls that were answered with 200 so far. */
  answered(): number;
  failed(): number;
  stop(): Promise<void>;
}

/** Makes `rate` calls a second, open loop: a slow answer does not slow the next call down. */
export function load(address: string, secret: string, rate: number, model = () => "fast"): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const [host, port] = address.split(":");
  const headers = { Authorization: `Bearer ${secret}`, "Content-Type": "application/json" };
  let answered = 0;
  let failed = 0;
  let begun = 0;
  let open = 0;
  const one = () => {
    open++;
    const body = JSON.stringify({ model: model(), messages: [{ role: "user", content: "Hello" }] });
    const length = { "Content-Length": Buffer.byteLength(body) };
    const call = request(
      { agent, host, port, path: "/v1/chat/completions", method: "POST", headers: { ...headers, ...length } },
      (answer) => {
        answer.resume();
        answer.on("end", () => {
          open--;
          if (answer.statusCode === 200) answered++;
          else failed++;
        });
      },
    );
    call.on("error", () => {
      open--;
      failed++;
    });
    call.end(body);
  };
  const start = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * rate);
    // A machine that cannot keep up must not be buried: what is open is bounded.
    for (; begun < due; begun++) if (open < 512) one();
  }, 10);
  return {
    answered: () => answered,
    failed: () => failed,
    stop: async () => {
      clearInterval(timer);
      while (open > 0) await new Promise((later) => setTimeout(later, 10));
      agent.destroy();
    },
  };
}
