import type { Schema } from "@/rpc";

const paths: Record<string, string> = {
  chat: "/v1/chat/completions",
  embeddings: "/v1/embeddings",
  models: "/v1/models",
};

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A command that makes a call of the same kind, with the key from HEADWATER_KEY. */
export function curlOf(call: Schema<"Call">, endpoint: string): string {
  const path = paths[call.endpoint ?? ""] ?? "/v1/chat/completions";
  const lines = [`curl -sS http://${endpoint}${path}`, `-H "Authorization: Bearer $HEADWATER_KEY"`];
  const body = bodyOf(call);
  if (body) lines.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(body))}`);
  return lines.join(" \\\n  ");
}

function bodyOf(call: Schema<"Call">): Record<string, unknown> | undefined {
  if (call.endpoint === "models") return undefined;
  const model = call.asked ?? "";
  if (call.endpoint === "embeddings") return { model, input: "Hello" };
  return {
    model,
    messages: [{ role: "user", content: "Hello" }],
    ...(call.stream ? { stream: true } : {}),
  };
}
