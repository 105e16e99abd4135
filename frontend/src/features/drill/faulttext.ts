import { texts } from "@/shared/i18n";
import type { Fault } from "./faults";

interface Words {
  /** What it looks like, in one plain sentence. */
  looks: string;
  /** What calls find their upstreams doing; ends the sentence "they will find openai …". */
  doing: string;
}

const english = {
  refused: {
    looks: "Nobody listens at the upstream's port: each connection is refused at once.",
    doing: "refusing connections",
  },
  dns: {
    looks: "The upstream's name cannot be resolved.",
    doing: "impossible to find by name",
  },
  blackhole: {
    looks: "Nothing comes back at all; the call waits until it gives up.",
    doing: "silent",
  },
  tls_expired: {
    looks: "The upstream shows a certificate whose time is over.",
    doing: "with an expired certificate",
  },
  slow_connect: {
    looks: "The connection is made late.",
    doing: "connecting {{delay}} late",
  },
  flapping: {
    looks: "It refuses for a while, is well for as long, and so on.",
    doing: "refusing connections every other {{flap}}",
  },
  rate: {
    looks: "The upstream answers 429: too many requests.",
    doing: "answering 429",
  },
  quota: {
    looks: "The upstream says that the account is out of credit.",
    doing: "out of credit",
  },
  revoked_key: {
    looks: "The upstream refuses Headwater's key.",
    doing: "refusing Headwater's key",
  },
  overloaded_503: {
    looks: "The upstream answers 503: overloaded.",
    doing: "overloaded (503)",
  },
  overloaded_529: {
    looks: "The upstream answers 529, as Anthropic does when it is overloaded.",
    doing: "overloaded (529)",
  },
  slow_first_token: {
    looks: "The answer begins late.",
    doing: "beginning to answer {{delay}} late",
  },
  error_500: {
    looks: "The upstream answers 500: its own failure.",
    doing: "answering with error 500",
  },
  html: {
    looks: "A proxy's web page comes where an answer was expected.",
    doing: "answering with a web page",
  },
  bad_json: {
    looks: "The answer is JSON that cannot be read.",
    doing: "answering with broken JSON",
  },
  error_in_200: {
    looks: "The status says 200, and the body holds an error.",
    doing: "answering 200 with an error inside",
  },
  stall: {
    looks: "The answer begins and then falls silent.",
    doing: "falling silent in the middle of an answer",
  },
  cut: {
    looks: "The answer begins and then breaks off.",
    doing: "breaking off in the middle of an answer",
  },
  disk_full: {
    looks: "Nothing can be written to the call log. Calls should not notice.",
    doing: "The call log takes nothing for {{time}}, as if the disk were full. Calls should not notice.",
  },
  database_locked: {
    looks: "No change of the configuration can be written. Calls should not notice.",
    doing:
      "The configuration takes no change for {{time}}, as if its database were locked. Calls should not notice.",
  },
} satisfies Record<Fault, Words>;

export const faultText = texts(
  "drillfaults",
  {
    group: {
      connection: "Connection",
      limits: "Limits and money",
      answers: "Answers",
      midStream: "Mid-stream",
      machine: "This machine",
    },
    of: english,
  },
  {
    group: {
      connection: "连接",
      limits: "限额与费用",
      answers: "回答",
      midStream: "回答途中",
      machine: "本机",
    },
    of: {
      refused: { looks: "上游端口无人监听：每次连接都立即被拒绝。", doing: "拒绝连接" },
      dns: { looks: "无法解析上游的主机名。", doing: "无法按主机名找到" },
      blackhole: { looks: "完全没有响应；调用一直等到放弃为止。", doing: "毫无响应" },
      tls_expired: { looks: "上游出示的证书已经过期。", doing: "出示过期的证书" },
      slow_connect: { looks: "连接迟迟才建立。", doing: "迟 {{delay}} 才建立连接" },
      flapping: {
        looks: "拒绝一段时间，再正常同样长的时间，如此反复。",
        doing: "时而拒绝连接、时而正常，每段 {{flap}}",
      },
      rate: { looks: "上游回答 429：请求过多。", doing: "返回 429" },
      quota: { looks: "上游表示账户额度已用尽。", doing: "额度用尽" },
      revoked_key: { looks: "上游拒绝 Headwater 的密钥。", doing: "拒绝 Headwater 的密钥" },
      overloaded_503: { looks: "上游回答 503：过载。", doing: "过载（503）" },
      overloaded_529: { looks: "上游回答 529，Anthropic 过载时即如此。", doing: "过载（529）" },
      slow_first_token: { looks: "回答迟迟才开始。", doing: "迟 {{delay}} 才开始回答" },
      error_500: { looks: "上游回答 500：对方自身出错。", doing: "以错误 500 回答" },
      html: { looks: "应有回答之处，来的却是代理的网页。", doing: "以网页回答" },
      bad_json: { looks: "回答是无法读取的 JSON。", doing: "以损坏的 JSON 回答" },
      error_in_200: { looks: "状态为 200，正文却是错误。", doing: "以 200 回答，其中却是错误" },
      stall: { looks: "回答开始后陷入沉默。", doing: "在回答途中陷入沉默" },
      cut: { looks: "回答开始后中断。", doing: "在回答途中中断" },
      disk_full: {
        looks: "无法写入调用日志。调用应当不受影响。",
        doing: "在 {{time}}内，调用日志无法写入，如同磁盘已满。调用应当不受影响。",
      },
      database_locked: {
        looks: "无法写入任何配置变更。调用应当不受影响。",
        doing: "在 {{time}}内，配置不接受任何变更，如同数据库被锁。调用应当不受影响。",
      },
    },
  },
);
