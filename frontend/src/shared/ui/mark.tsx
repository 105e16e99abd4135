import { Box, Group, Text } from "@mantine/core";
import { IconServer2 } from "@tabler/icons-react";
import type { Schema } from "@/rpc";
import { VerifiedMark } from "./verified";

// Files, not markup: a mark is only ever a mask, so that it takes the colour of
// the text around it in both themes.
const files = import.meta.glob<string>(
  "/node_modules/@lobehub/icons-static-svg/icons/{openai,anthropic,mistral,groq,deepseek,xai,openrouter,together,fireworks,cerebras,deepinfra,moonshot,qwen,nvidia,perplexity,ollama,vllm,lmstudio,gemini,azure,bedrock,cohere,vertexai}.svg",
  { query: "?url", import: "default", eager: true },
);

/** Whose mark is not called as the provider is. */
const others: Record<string, string> = {
  togetherai: "together",
  "fireworks-ai": "fireworks",
  moonshotai: "moonshot",
  alibaba: "qwen",
  google: "gemini",
  "gemini-compatible": "",
  "amazon-bedrock": "bedrock",
  "google-vertex": "vertexai",
  "google-vertex-global": "vertexai",
  "google-vertex-anthropic": "vertexai",
  "google-vertex-anthropic-global": "vertexai",
  "azure-anthropic": "azure",
  "azure-cognitive-services": "azure",
  "azure-deployments": "azure",
  "openai-responses-compatible": "",
  "openai-compatible": "",
  "anthropic-compatible": "",
};

/** A provider's mark; a plain server for those that have none. It says nothing that is not beside it in words. */
export function ProviderMark(props: { provider: string; size?: number }) {
  const size = props.size ?? 18;
  const name = others[props.provider] ?? props.provider;
  const file = files[`/node_modules/@lobehub/icons-static-svg/icons/${name}.svg`];
  if (!file) return <IconServer2 size={size} aria-hidden style={{ flexShrink: 0 }} />;
  const mask = `url("${file}") center / contain no-repeat`;
  return (
    <Box
      component="span"
      aria-hidden
      w={size}
      h={size}
      display="inline-block"
      style={{ flexShrink: 0, backgroundColor: "currentColor", mask, WebkitMask: mask }}
    />
  );
}

/** A provider in a list of choices, and how it is known to work. */
export function ProviderOption(props: {
  provider: string;
  label: string;
  among?: Schema<"Provider">[] | undefined;
}) {
  return (
    <Group gap="xs" wrap="nowrap" w="100%">
      <ProviderMark provider={props.provider} />
      <Text size="sm" flex={1}>
        {props.label}
      </Text>
      <VerifiedMark of={props.among?.find((one) => one.id === props.provider)} />
    </Group>
  );
}
