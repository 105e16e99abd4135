import type { Schema } from "@/rpc";

const paths: Record<string, string> = {
  chat: "/v1/chat/completions",
  embeddings: "/v1/embeddings",
  models: "/v1/models",
  // Which one it was is not in the log: only its app may know.
  deferred: "/v1/deferred/$DEFERRED_ID",
};

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A command that makes a call of the same kind, with the key from HEADWATER_KEY. */
export function curlOf(call: Schema<"Call">, endpoint: string): string {
  const path = paths[call.endpoint ?? ""] ?? "/v1/chat/completions";
  const address = `http://${endpoint}${path}`;
  const lines = [
    `curl -sS ${path.includes("$") ? `"${address}"` : address}`,
    `-H "Authorization: Bearer $HEADWATER_KEY"`,
  ];
  if (call.status === 202 && call.endpoint !== "deferred") lines.push("-H 'Prefer: respond-async'");
  const body = bodyOf(call);
  if (body) lines.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(body))}`);
  return lines.join(" \\\n  ");
}

function bodyOf(call: Schema<"Call">): Record<string, unknown> | undefined {
  if (call.endpoint === "models" || call.endpoint === "deferred") return undefined;
  const model = call.asked ?? "";
  if (call.endpoint === "embeddings") return { model, input: "Hello" };
  return {
    model,
    messages: [{ role: "user", content: "Hello" }],
    ...(call.stream ? { stream: true } : {}),
  };
}
