import { Text } from "@mantine/core";
import type { Schema } from "@/rpc";
import { moment, relative } from "@/shared/format";
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
    state: {
      tried: "its last answer failed",
      suspect: "several calls wait for it and none hears anything",
      degraded: "some of its latest calls failed",
      draining: "calls under way end, new ones go elsewhere",
      maintenance: "no call goes there until {{when}}",
      maintenanceOpen: "no call goes there until a person ends it",
      disabled: "no call goes there",
      enabled: "calls go there again",
      ended: "its maintenance ended at its time, calls go there again",
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
    state: {
      tried: "上次回答失败",
      suspect: "有多个调用在等待它，却都没有收到任何内容",
      degraded: "最近的部分调用失败",
      draining: "进行中的调用会完成，新调用转往他处",
      maintenance: "在 {{when}} 之前没有调用发往这里",
      maintenanceOpen: "在人工结束之前没有调用发往这里",
      disabled: "没有调用发往这里",
      enabled: "调用再次发往这里",
      ended: "维护已按时结束，调用再次发往这里",
    },
    next: "下次尝试：{{when}}",
    nextCall: "下一次调用时会再次尝试",
  },
);

type Reason = keyof (typeof healthText)["en"]["reason"];

export interface Told {
  state: string;
  words: string;
  reason?: Schema<"TargetHealth">["reason"];
  not_before?: string;
  /** Who set a state that a person chooses; absent for what nobody did. */
  by?: string;
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

const handStates = ["draining", "maintenance", "disabled"] as const;

/** A person took it out of use: not its own doing. */
export function isByHand(state: string): boolean {
  return (handStates as readonly string[]).includes(state);
}

/**
 * The state that is shown: what is unknown because it never answered well was
 * used all the same, and is not to look as if nobody had asked it.
 */
export function shownState(of: { state: string; reason?: string | undefined }): string {
  return of.state === "unknown" && of.reason ? "tried" : of.state;
}

/** Whether there is more to say than the badge says. */
export function speaks(of: Told, language: Language): boolean {
  const shown = shownState(of);
  if (shown === "tried" && language !== "en") return true;
  if (shown === "unknown" || shown === "healthy") return false;
  if (isByHand(of.state) || of.state === "enabled") return true;
  if (language === "en") return of.words !== "";
  return of.state === "suspect" || of.state === "degraded" || Boolean(of.reason || of.not_before);
}

/** What a person did to it, with its end on this machine's clock. */
function handWords(of: Told, t: ReturnType<typeof useT<(typeof healthText)["en"]>>): string {
  if (of.state === "draining" || of.state === "disabled") return t(`state.${of.state}`);
  if (of.state === "enabled") return t(of.by ? "state.enabled" : "state.ended");
  if (of.state !== "maintenance") return "";
  return of.not_before ? t("state.maintenance", { when: moment(of.not_before) }) : t("state.maintenanceOpen");
}

function sentence(
  of: Told,
  language: Language,
  t: ReturnType<typeof useT<(typeof healthText)["en"]>>,
  now: number,
): string {
  if (!speaks(of, language)) return "";
  const byHand = handWords(of, t);
  if (byHand) return byHand;
  if (language === "en") return of.words;
  const parts: string[] = [];
  const shown = shownState(of);
  if (shown === "suspect" || shown === "degraded" || shown === "tried") parts.push(t(`state.${shown}`));
  if (of.reason && of.reason in healthText.en.reason) parts.push(t(`reason.${of.reason as Reason}`));
  if (of.not_before) {
    const due = Date.parse(of.not_before) <= now;
    parts.push(due ? t("nextCall") : t("next", { when: relative(of.not_before, now) }));
  }
  return parts.join("；");
}
