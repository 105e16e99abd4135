import { Text } from "@mantine/core";
import type { Schema } from "@/rpc";
import { relative } from "@/shared/format";
import { useNow } from "@/shared/hooks";
import { type Language, texts, useLanguage, useT } from "@/shared/i18n";

const healthText = texts(
  "health",
  {
    reason: {
      unreachable: "it cannot be reached",
      failed: "it answers with errors",
      overloaded: "it says that it is overloaded",
      slow: "it does not answer in time",
      loading: "it is loading the model",
      rate: "its rate limit is reached",
      quota: "the account is out of credit",
      auth: "it refuses the key",
      no_model: "it does not have this model",
    },
    next: "next try {{when}}",
    nextCall: "it is tried again with the next call",
  },
  {
    reason: {
      unreachable: "无法连接",
      failed: "回答出错",
      overloaded: "对方表示过载",
      slow: "未按时回答",
      loading: "正在加载模型",
      rate: "已达到速率限制",
      quota: "账户额度已用尽",
      auth: "密钥被拒绝",
      no_model: "没有此模型",
    },
    next: "下次尝试：{{when}}",
    nextCall: "下一次调用时会再次尝试",
  },
);

type Reason = keyof (typeof healthText)["en"]["reason"];

interface Told {
  state: string;
  words: string;
  reason?: Schema<"TargetHealth">["reason"];
  not_before?: string;
}

/**
 * Why a target is as it is. The service's own sentence names the very error in
 * English; in another language the state's parts are put into words here.
 */
export function HealthWords(props: { of: Told; prefix?: string }) {
  const [language] = useLanguage();
  const t = useT(healthText);
  const now = useNow(1000);
  const { of } = props;
  const words = [props.prefix, sentence(of, language, t, now)].filter(Boolean).join(" ");
  if (!words) return null;
  return (
    <Text size="xs" c="dimmed" className="hw-break" component="div">
      {words}
    </Text>
  );
}

function sentence(
  of: Told,
  language: Language,
  t: ReturnType<typeof useT<(typeof healthText)["en"]>>,
  now: number,
): string {
  // The badge beside it has said as much already.
  if (of.state === "unknown" || of.state === "healthy") return "";
  if (language === "en") return of.words;
  const parts: string[] = [];
  if (of.reason && of.reason in healthText.en.reason) parts.push(t(`reason.${of.reason as Reason}`));
  if (of.not_before) {
    const due = Date.parse(of.not_before) <= now;
    parts.push(due ? t("nextCall") : t("next", { when: relative(of.not_before, now) }));
  }
  return parts.join("；");
}
