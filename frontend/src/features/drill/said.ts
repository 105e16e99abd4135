// What the service itself says of a drill. Its English is shown as it comes;
// for Chinese the same sentences stand here once more, with names for their
// particulars: the English one recognises, the Chinese one says it. A sentence
// that is not among them is shown as it is.

import { type Texts, type Tree, texts, useLanguage, useT } from "@/shared/i18n";

export const saidText = texts(
  "drillsaid",
  {
    ranItsTime: "It ran its time.",
    aborted: "{{who}} aborted it.",
    stopped: "The service stopped while it ran. It ended with the service.",
    protected:
      "Calls outside the drill failed: {{failed}} of {{calls}}, against {{before}} of {{all}} in the five minutes before.",
    noCall:
      "No call took part, so nothing was rehearsed: widen the scope, or send calls that are in it while the drill runs.",
    below: "{{served}} % of the calls were served; the objective is {{objective}} %.",
    more: "And {{n}} more.",
    moreEvents: "and {{n}} more",
    noSecond:
      "Route {{route}} has no second upstream: {{bad}} of its {{calls}} calls were not served. Add a target of another upstream, or a tier that answers without one.",
    tooLate:
      "Route {{route}}: {{alone}} of {{calls}} calls ended before {{others}} was asked. Give the call more time with deadline_ms, or give up on the first upstream sooner with first_byte_ms and connect_ms.",
    otherFailed:
      "Route {{route}}: {{upstream}} was to take over and failed {{bad}} times, the last time as {{class}}. Test it, or put another one before it.",
    machine:
      "{{bad}} of {{calls}} calls were not served although the fault was this machine's and calls do not depend on it: see in the call log what else failed.",
    brokeOff:
      "{{n}} answers broke off after they had begun, which no other upstream can hide: the apps must take the error event and ask again.",
    outside:
      "{{failed}} of {{calls}} calls outside the drill failed while it ran, though the drill does not touch them: see the call log for why.",
    stoodIn:
      "{{n}} calls got a scripted or a deferred answer in place of a real one. A further tier with targets would spare them that.",
    noBaseline:
      "What the fault added to the wait is not known, since no call outside the drill was served from five minutes before it to its end: leave some calls out of the scope.",
    waited:
      "The slowest calls waited {{ms}} ms longer than usual for their first content. Lower first_byte_ms and connect_ms of the upstream, or let the route hedge.",
    costly:
      "Each call cost {{calls}} upstream calls. Lower tries_per_tier of the route, or trip_failures of the upstream.",
    blind:
      "The fault failed {{n}} attempts and health took nothing out of use. Lower trip_failures or raise trip_percent of the upstream if such a fault should.",
    notBack:
      "No drilled upstream served a call within {{minutes}} minutes after the end. Test it; a quarantine ends with a good test.",
  },
  {
    ranItsTime: "已按时结束。",
    aborted: "由 {{who}} 中止。",
    stopped: "演练期间服务停止，演练随之结束。",
    protected:
      "演练之外的调用失败：{{calls}} 个中有 {{failed}} 个，而此前五分钟为 {{all}} 个中有 {{before}} 个。",
    noCall: "没有调用参与，因此什么也没有演练：请扩大范围，或在演练期间发送范围内的调用。",
    below: "有 {{served}} % 的调用得到服务；目标为 {{objective}} %。",
    more: "还有 {{n}} 项。",
    moreEvents: "还有 {{n}} 项",
    noSecond:
      "路由 {{route}} 没有第二个上游：其 {{calls}} 个调用中有 {{bad}} 个未得到服务。请添加另一上游的目标，或添加无需目标即可回答的层级。",
    tooLate:
      "路由 {{route}}：{{calls}} 个调用中有 {{alone}} 个在询问 {{others}} 之前就已结束。请用 deadline_ms 给调用更多时间，或用 first_byte_ms 与 connect_ms 更早放弃第一个上游。",
    otherFailed:
      "路由 {{route}}：本应由 {{upstream}} 接替，它却失败了 {{bad}} 次，最后一次为 {{class}}。请测试它，或在它之前放置另一个上游。",
    machine:
      "{{calls}} 个调用中有 {{bad}} 个未得到服务，而故障属于本机，调用并不依赖它：请在调用日志中查看还有什么失败。",
    brokeOff: "有 {{n}} 个回答在开始后中断，任何其他上游都无法掩盖：应用须接收错误事件并重新提问。",
    outside:
      "演练期间，演练之外的 {{calls}} 个调用中有 {{failed}} 个失败，而演练并不影响它们：原因请见调用日志。",
    stoodIn: "有 {{n}} 个调用得到的是固定或延后的回答，而非真正的回答。再添加一个带目标的层级即可避免。",
    noBaseline:
      "无法得知故障增加了多少等待，因为从演练前五分钟到结束，演练之外没有调用得到服务：请在范围之外留一些调用。",
    waited:
      "最慢的调用比平常多等了 {{ms}} 毫秒才收到首个内容。请降低该上游的 first_byte_ms 与 connect_ms，或让路由对冲。",
    costly: "每个调用用去 {{calls}} 次上游调用。请降低路由的 tries_per_tier，或上游的 trip_failures。",
    blind:
      "故障使 {{n}} 次尝试失败，健康检查却没有停用任何目标。若此类故障应当停用目标，请降低上游的 trip_failures 或提高 trip_percent。",
    notBack:
      "结束后 {{minutes}} 分钟内，没有任何演练过的上游为调用提供服务。请测试它；成功的测试会解除隔离。",
  },
);

type Key = keyof (typeof saidText)["en"];

const keys = Object.keys(saidText.en) as Key[];

/** A template as a pattern: what stands for a particular matches anything. */
function pattern(template: string): RegExp {
  const parts = template.split(/\{\{(\w+)\}\}/);
  const source = parts.map((part, i) =>
    i % 2 ? `(?<${part}>.+?)` : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
  );
  return new RegExp(`^${source.join("")}$`, "su");
}

const patterns = new Map(keys.map((key) => [key, pattern(saidText.en[key])]));

/** Which sentence it is, with its particulars; undefined for one that is not known. */
export function recognised(sentence: string): { key: Key; values: Record<string, string> } | undefined {
  for (const [key, one] of patterns) {
    const found = one.exec(sentence);
    if (found) return { key, values: { ...found.groups } };
  }
  return undefined;
}

/** Says what the service said, in the page's language. */
export function useSaid(): (sentence: string) => string {
  const t = useT(saidText as unknown as Texts<Tree>) as (
    key: string,
    values?: Record<string, string>,
  ) => string;
  const [language] = useLanguage();
  return (sentence) => {
    if (language === "en") return sentence;
    const found = recognised(sentence);
    return found ? t(found.key, found.values) : sentence;
  };
}
