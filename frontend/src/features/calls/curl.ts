import type { Schema } from "@/rpc";

const paths: Record<string, string> = {
  chat: "/v1/chat/completions",
  embeddings: "/v1/embeddings",
  models: "/v1/models",
  moderations: "/v1/moderations",
  images: "/v1/images/generations",
  image_edits: "/v1/images/edits",
  image_variations: "/v1/images/variations",
  speech: "/v1/audio/speech",
  transcriptions: "/v1/audio/transcriptions",
  translations: "/v1/audio/translations",
  rerank: "/v1/rerank",
  // Which one it was is not in the log: only its app may know.
  deferred: "/v1/deferred/$DEFERRED_ID",
};

/** The endpoints that take a form, and the file that it has. */
const files: Record<string, string> = {
  image_edits: "image=@picture.png",
  image_variations: "image=@picture.png",
  transcriptions: "file=@sound.mp3",
  translations: "file=@sound.mp3",
};

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Where in the test console a call of the same kind begins: what was in it is not in the log. */
export function consoleOf(call: Schema<"Call">): Record<string, string> {
  const model = call.asked ?? "";
  const app = call.tenant && call.app ? { app: `${call.tenant}/${call.app}` } : {};
  const own: Record<string, string> = {
    "openai-responses": "/v1/responses",
    anthropic: "/v1/messages",
    gemini: `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    ollama: "/api/chat",
  };
  const chat = call.endpoint === "chat" ? own[call.dialect ?? ""] : undefined;
  const path = chat ?? paths[call.endpoint ?? ""];
  if (!path || path.includes("$")) return { ...app, ...(model ? { model } : {}) };
  const method = call.endpoint === "models" ? "GET" : "POST";
  return { tab: "raw", ...app, ...(model ? { model } : {}), method, path };
}

/** A command that makes a call of the same kind, with the key from HEADWATER_KEY. */
export function curlOf(call: Schema<"Call">, endpoint: string): string {
  const path = paths[call.endpoint ?? ""] ?? "/v1/chat/completions";
  const address = `http://${endpoint}${path}`;
  const lines = [
    `curl -sS ${path.includes("$") ? `"${address}"` : address}`,
    `-H "Authorization: Bearer $HEADWATER_KEY"`,
  ];
  if (call.status === 202 && call.endpoint !== "deferred") lines.push("-H 'Prefer: respond-async'");
  const file = files[call.endpoint ?? ""];
  if (file) {
    // As a plain text: with -F a name that begins with @ would send a file of whoever runs it.
    lines.push(`--form-string ${quote(`model=${call.asked ?? ""}`)}`, `-F ${file}`);
    if (call.endpoint === "image_edits") lines.push("-F prompt=Hello");
    return lines.join(" \\\n  ");
  }
  const body = bodyOf(call);
  if (body) lines.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(body))}`);
  return lines.join(" \\\n  ");
}

/** What the smaller endpoints ask for beside the model. */
const smallBodies: Record<string, Record<string, unknown>> = {
  embeddings: { input: "Hello" },
  moderations: { input: "Hello" },
  images: { prompt: "Hello" },
  speech: { input: "Hello", voice: "alloy" },
  rerank: { query: "Hello", documents: ["Hello", "Goodbye"] },
};

function bodyOf(call: Schema<"Call">): Record<string, unknown> | undefined {
  if (call.endpoint === "models" || call.endpoint === "deferred") return undefined;
  const model = call.asked ?? "";
  const small = smallBodies[call.endpoint ?? ""];
  if (small) return { model, ...small };
  return {
    model,
    messages: [{ role: "user", content: "Hello" }],
    ...(call.stream ? { stream: true } : {}),
  };
}
