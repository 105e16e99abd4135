// Whose key it is, by its shape. A guess only: vendors say in their documents
// how their keys begin, and nothing keeps another from doing the same. Whoever
// pastes a key has the last word.

/**
 * How keys begin, and the catalogue's id of the provider. The longest that fits
 * counts. Sources: the vendors' pages about their keys, as of 2026-11.
 */
export const keyBeginnings: readonly (readonly [beginning: string, provider: string])[] = [
  ["sk-ant-", "anthropic"],
  ["sk-proj-", "openai"],
  ["sk-svcacct-", "openai"],
  ["sk-admin-", "openai"],
  ["sk-or-", "openrouter"],
  ["gsk_", "groq"],
  ["AIza", "google"],
  ["xai-", "xai"],
  ["pplx-", "perplexity"],
  ["hf_", "huggingface"],
  ["AKIA", "amazon-bedrock"],
  ["ASIA", "amazon-bedrock"],
  ["ABSK", "amazon-bedrock"],
  ["bedrock-api-key-", "amazon-bedrock"],
  ["nvapi-", "nvidia"],
  ["csk-", "cerebras"],
  ["fw_", "fireworks-ai"],
  ["tgp_", "togetherai"],
  ["vck_", "vercel"],
  ["ghp_", "github-models"],
  ["github_pat_", "github-models"],
  ["dapi", "databricks"],
  ["up_", "upstage"],
  ["pa-", "voyage"],
  ["sk-helicone-", "helicone"],
  ["sk-kimi-", "kimi-for-coding"],
];

/** Fewer characters say nothing. */
const least = 16;

/** The provider that a key is of, by its shape; undefined when it does not tell. */
export function guessProvider(key: string): string | undefined {
  const text = key.trim();
  if (text.startsWith("{")) return text.includes('"service_account"') ? "google-vertex" : undefined;
  if (text.length < least) return undefined;
  const fit = keyBeginnings
    .filter(([beginning]) => text.startsWith(beginning))
    .sort(([a], [b]) => b.length - a.length)[0];
  // The older keys of OpenAI have its mark in their middle.
  return fit?.[1] ?? (/^sk-\w+T3BlbkFJ\w+$/.test(text) ? "openai" : undefined);
}
