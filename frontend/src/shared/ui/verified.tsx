import { Text } from "@mantine/core";
import type { Schema } from "@/rpc";
import { texts, useT } from "@/shared/i18n";

const verifiedText = texts(
  "verified",
  {
    live: {
      word: "live {{at}}",
      note: "Live checks passed here on {{at}}, with a key of this installation.",
    },
    recording: {
      word: "recorded {{at}}",
      note: "Headwater's tests read recorded answers of this provider, the newest of {{at}}.",
    },
    preset: {
      word: "preset",
      note: "Known from the provider's documents only. Live checks of a model show what works here.",
    },
  },
  {
    live: { word: "实测 {{at}}", note: "{{at}} 使用本机的密钥在此通过了实时检测。" },
    recording: { word: "录制 {{at}}", note: "Headwater 的测试会读取该提供商的录制回答，最新的来自 {{at}}。" },
    preset: { word: "预设", note: "仅依据该提供商的文档。对模型做实时检测即可知道此处哪些可用。" },
  },
);

type Known = Pick<Schema<"Provider">, "verified" | "verified_at">;

/** How it is known that a provider's preset works, as a word and as a sentence; empty where nothing is to be said. */
export function useVerified(): (of: Known | undefined) => { word: string; note: string } {
  const t = useT(verifiedText);
  return (of) => {
    if (!of?.verified) return { word: "", note: "" };
    const at = of.verified_at ?? "";
    return { word: t(`${of.verified}.word`, { at }), note: t(`${of.verified}.note`, { at }) };
  };
}

/** The same as a quiet mark, the sentence on hover. */
export function VerifiedMark({ of }: { of: Known | undefined }) {
  const { word, note } = useVerified()(of);
  if (!word) return null;
  return (
    <Text
      component="span"
      size="xs"
      c="dimmed"
      className="hw-figures"
      title={note}
      data-verified={of?.verified}
    >
      {word}
    </Text>
  );
}
