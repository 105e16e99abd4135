import type { Schema } from "@/rpc";
import { texts, useT } from "@/shared/i18n";

type Fault = Schema<"DrillSpec">["fault"];

const english: Record<Fault, string> = {
  refused: "connection refused",
  dns: "name not found",
  blackhole: "silence",
  tls_expired: "expired certificate",
  slow_connect: "slow connection",
  slow_first_token: "late first content",
  rate: "rate limit",
  quota: "out of credit",
  revoked_key: "revoked key",
  error_500: "error 500",
  overloaded_503: "overloaded, 503",
  overloaded_529: "overloaded, 529",
  html: "a page instead of an answer",
  bad_json: "broken JSON",
  error_in_200: "error inside a 200",
  stall: "stalled answer",
  cut: "answer cut off",
  flapping: "flapping",
  disk_full: "log disk full",
  database_locked: "database locked",
};
const chinese: Record<Fault, string> = {
  refused: "拒绝连接",
  dns: "找不到主机名",
  blackhole: "毫无响应",
  tls_expired: "证书过期",
  slow_connect: "连接缓慢",
  slow_first_token: "首个内容迟到",
  rate: "限流",
  quota: "额度用尽",
  revoked_key: "密钥被撤销",
  error_500: "错误 500",
  overloaded_503: "过载（503）",
  overloaded_529: "过载（529）",
  html: "返回网页而非回答",
  bad_json: "JSON 损坏",
  error_in_200: "200 中含错误",
  stall: "回答停滞",
  cut: "回答被截断",
  flapping: "时好时坏",
  disk_full: "日志磁盘已满",
  database_locked: "数据库被锁",
};

const faultText = texts("faults", { ...english }, chinese);

/** A fault of a fire drill in words; one that this page does not know keeps its own name. */
export function useFaultWord(): (fault: string) => string {
  const t = useT(faultText);
  return (fault) => (fault in english ? t(fault as Fault) : fault);
}
