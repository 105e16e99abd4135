import { texts } from "@/shared/i18n";

// The English help is the service's own sentence about the field, without what
// zero means: that stands in the empty field. A test compares them.
export const policyText = texts(
  "policy",
  {
    breaker: "Breaker",
    breakerNote: "When an upstream's targets are taken out by themselves, and how they come back.",
    check: "Free check",
    checkNote:
      "Asked at no cost while it is out of use, or when nothing was heard of it for a minute. Its answer can take targets out and bring them back before a call is risked.",
    health: {
      trip_failures: { label: "Failures in a row", help: "Failures in a row that open a breaker." },
      trip_percent: {
        label: "Least share of successes (%)",
        help: "Percent of successes in 30 s below which a breaker opens.",
      },
      trip_samples: { label: "Outcomes for the share", help: "Outcomes that the percentage needs." },
      wait_first_ms: {
        label: "First wait (ms)",
        help: "First wait of an open breaker, doubled with each trip.",
      },
      wait_most_ms: { label: "Longest wait (ms)", help: "Longest wait of an open breaker." },
      ramp_ms: { label: "Coming back (ms)", help: "From the first calls after recovery to all of them." },
      suspect_after_ms: {
        label: "Suspect silence (ms)",
        help: "Silence of several calls at once that makes a target suspect, five times that for plain answers.",
      },
      hint_most_ms: { label: "Longest hint (ms)", help: "Longest wait that the upstream may ask for." },
      auth_first_ms: {
        label: "Rest of a refused key (ms)",
        help: "Rest of a credential that is refused, doubled each time.",
      },
      auth_most_ms: {
        label: "Longest rest of a refused key (ms)",
        help: "Longest rest of a credential that is refused.",
      },
      quota_first_ms: {
        label: "Rest of a key out of credit (ms)",
        help: "Rest of a credential that is out of credit, doubled each time.",
      },
      quota_most_ms: {
        label: "Longest rest of a key out of credit (ms)",
        help: "Longest rest of a credential that is out of credit.",
      },
      probe: {
        label: "What tests it",
        help: "What tests a target that is out of use while another can answer: a call, a copy of one whose answer is thrown away, or a paid question of Headwater's own.",
      },
    },
    probes: {
      call: "A call: nothing extra to pay",
      copy: "A copy of a call, which is answered elsewhere: paid twice",
      paid: "A question for one token, as soon as the wait is over: paid",
    },
    checks: {
      kind: {
        label: "What is asked",
        help: "What is asked: the model list, a connection, a path or nothing.",
      },
      path: { label: "Path", help: "Path that kind http asks for, from the root of the address." },
      status: { label: "Good status", help: "Status that means well." },
      contains: { label: "Text in the answer", help: "Text that the body must hold." },
      slow_ms: { label: "Too slow after (ms)", help: "Time after which a good answer counts as bad." },
      interval_ms: { label: "Every (ms)", help: "Time between two checks, give or take a tenth." },
      timeout_ms: { label: "Timeout (ms)", help: "Bound on one check." },
      rise: { label: "Good ones to come back", help: "Good checks in a row that bring it back." },
      fall: { label: "Bad ones to go", help: "Bad checks in a row that take it out." },
    },
    kinds: {
      models: "The model list: it also tests the key",
      connect: "A connection, with TLS where the address has it",
      http: "A path of its own",
      off: "Nothing: only calls show how it is",
    },
    never: "never",
    anySuccess: "any 2xx",
    anyText: "any",
  },
  {
    breaker: "熔断器",
    breakerNote: "上游的目标何时自动停用，以及如何恢复。",
    check: "免费检查",
    checkNote:
      "在它停用期间，或一分钟没有任何消息时进行，不产生费用。检查结果可以让目标停用，也可以在冒险发送调用之前让它恢复。",
    health: {
      trip_failures: { label: "连续失败次数", help: "连续失败多少次后熔断。" },
      trip_percent: { label: "最低成功比例（%）", help: "30 秒内成功比例低于此值时熔断。" },
      trip_samples: { label: "计算比例所需结果数", help: "至少有这么多结果时才按比例判断。" },
      wait_first_ms: { label: "首次等待（毫秒）", help: "熔断后的首次等待，每次熔断加倍。" },
      wait_most_ms: { label: "最长等待（毫秒）", help: "熔断后的最长等待。" },
      ramp_ms: { label: "恢复过程（毫秒）", help: "从恢复后的第一批调用到承担全部调用的时间。" },
      suspect_after_ms: {
        label: "可疑静默（毫秒）",
        help: "多个调用同时静默多久后视为可疑；非流式回答为其五倍。",
      },
      hint_most_ms: { label: "最长提示等待（毫秒）", help: "上游最多可以要求等待多久。" },
      auth_first_ms: { label: "被拒密钥的停用时间（毫秒）", help: "凭据被拒绝后的停用时间，每次加倍。" },
      auth_most_ms: { label: "被拒密钥的最长停用（毫秒）", help: "凭据被拒绝后的最长停用时间。" },
      quota_first_ms: { label: "额度用尽的停用时间（毫秒）", help: "凭据额度用尽后的停用时间，每次加倍。" },
      quota_most_ms: { label: "额度用尽的最长停用（毫秒）", help: "凭据额度用尽后的最长停用时间。" },
      probe: {
        label: "用什么测试",
        help: "目标停用而其他目标可以回答时，用什么测试它：一次调用、一次调用的副本（其回答被丢弃），或 Headwater 自己的付费提问。",
      },
    },
    probes: {
      call: "一次调用：不产生额外费用",
      copy: "调用的副本，调用本身由别处回答：付费两次",
      paid: "等待一结束就请求一个词元：付费",
    },
    checks: {
      kind: { label: "检查内容", help: "检查什么：模型列表、连接、某个路径，或不检查。" },
      path: { label: "路径", help: "http 方式所请求的路径，从地址的根开始。" },
      status: { label: "正常状态码", help: "表示正常的状态码。" },
      contains: { label: "回答中的文本", help: "正文必须包含的文本。" },
      slow_ms: { label: "过慢界限（毫秒）", help: "超过此时间的正常回答也算作失败。" },
      interval_ms: { label: "间隔（毫秒）", help: "两次检查之间的时间，上下浮动十分之一。" },
      timeout_ms: { label: "超时（毫秒）", help: "一次检查的时限。" },
      rise: { label: "恢复所需成功次数", help: "连续成功多少次后恢复使用。" },
      fall: { label: "停用所需失败次数", help: "连续失败多少次后停用。" },
    },
    kinds: {
      models: "模型列表：同时检验密钥",
      connect: "建立连接，地址需要时含 TLS",
      http: "自定义路径",
      off: "不检查：只由调用得知状况",
    },
    never: "从不",
    anySuccess: "任意 2xx",
    anyText: "任意",
  },
);
