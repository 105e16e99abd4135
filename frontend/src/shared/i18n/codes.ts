// What every stable error code means, in both languages. English texts come
// from the service itself; here they name the next step where it gives none.

export interface CodeWords {
  public: string;
  en: { next: string };
  zh: { what: string; next: string };
}

export const codes: Record<string, CodeWords> = {
  bad_request: {
    public: "HW-REQ-400",
    en: { next: "Correct the named field and send the request again." },
    zh: { what: "请求不正确。", next: "更正所指出的字段后重新发送。" },
  },
  bad_json: {
    public: "HW-REQ-JSON",
    en: { next: "Send one JSON object with each field at most once." },
    zh: { what: "请求不是正确的 JSON。", next: "请发送一个 JSON 对象，每个字段最多出现一次。" },
  },
  unsupported: {
    public: "HW-REQ-UNSUPPORTED",
    en: { next: "Leave the named part out, or ask for a model whose upstream offers it." },
    zh: { what: "不支持请求中的某一部分。", next: "去掉所指出的部分，或选用支持它的上游模型。" },
  },
  too_large: {
    public: "HW-REQ-413",
    en: { next: "Send a smaller request." },
    zh: { what: "请求过大。", next: "请发送更小的请求。" },
  },
  header_too_large: {
    public: "HW-REQ-431",
    en: { next: "Send fewer or smaller header fields; 32 KiB are the limit." },
    zh: { what: "请求头过大。", next: "减少或缩短请求头；上限为 32 KiB。" },
  },
  body_timeout: {
    public: "HW-REQ-408",
    en: { next: "Send the whole body without long pauses." },
    zh: { what: "请求正文没有及时到达。", next: "请不间断地发送完整正文。" },
  },
  not_found: {
    public: "HW-REQ-404",
    en: { next: "Check the path; the base URL usually ends in /v1." },
    zh: { what: "找不到所请求的内容。", next: "请检查名称或路径。" },
  },
  method_not_allowed: {
    public: "HW-REQ-405",
    en: { next: "Use the method named in the Allow header." },
    zh: { what: "不允许使用此方法。", next: "请使用 Allow 头中给出的方法。" },
  },
  misdirected: {
    public: "HW-REQ-421",
    en: { next: "Use an address this gateway knows, or ask the administrator to allow this host name." },
    zh: { what: "网关不认识此主机名。", next: "使用网关已知的地址，或请管理员允许此主机名。" },
  },
  unknown_model: {
    public: "HW-MODEL-404",
    en: { next: "List the models with GET /v1/models, or ask the administrator for a route." },
    zh: { what: "没有这个模型。", next: "列出可用模型，或请管理员添加路由。" },
  },
  missing_key: {
    public: "HW-KEY-MISSING",
    en: { next: "Send the app's key as 'Authorization: Bearer hw_…'." },
    zh: { what: "请求没有携带密钥。", next: "以 Authorization: Bearer hw_… 发送应用的密钥。" },
  },
  invalid_key: {
    public: "HW-KEY-401",
    en: { next: "Check the key, or create a new one for the app." },
    zh: { what: "密钥无效。", next: "检查密钥，或为应用创建新密钥。" },
  },
  expired_key: {
    public: "HW-KEY-EXPIRED",
    en: { next: "Create a new key for the app." },
    zh: { what: "密钥已过期。", next: "为应用创建新密钥。" },
  },
  forbidden: {
    public: "HW-PERM-403",
    en: { next: "Ask the administrator for this permission." },
    zh: { what: "没有权限。", next: "请向管理员申请此权限。" },
  },
  unauthenticated: {
    public: "HW-AUTH-401",
    en: { next: "Sign in again." },
    zh: { what: "尚未登录，或会话已结束。", next: "请重新登录。" },
  },
  rate_limited: {
    public: "HW-QUOTA-429",
    en: { next: "Wait for the time in Retry-After." },
    zh: { what: "请求过于频繁。", next: "等待 Retry-After 指定的时间后再试。" },
  },
  version_conflict: {
    public: "HW-VER-409",
    en: { next: "Read the current version, then repeat the change on it." },
    zh: { what: "内容已被他人修改。", next: "读取当前版本后再修改。" },
  },
  taken: {
    public: "HW-NAME-409",
    en: { next: "Choose another name." },
    zh: { what: "此名称已被使用。", next: "请换一个名称。" },
  },
  invalid: {
    public: "HW-DOC-422",
    en: { next: "Correct the named fields." },
    zh: { what: "有字段填写不正确。", next: "请更正所指出的字段。" },
  },
  in_use: {
    public: "HW-USE-409",
    en: { next: "Remove what refers to it first." },
    zh: { what: "仍有其他内容引用它。", next: "请先移除引用它的内容。" },
  },
  upstream_refused: {
    public: "HW-UP-400",
    en: { next: "The upstream refused this request; its own words are in the message." },
    zh: { what: "上游拒绝了此请求。", next: "上游的原话见消息内容。" },
  },
  context_length_exceeded: {
    public: "HW-UP-CONTEXT",
    en: { next: "Send less, or ask for a model with a larger context window." },
    zh: { what: "请求超出了模型的上下文长度。", next: "请缩短内容，或改用上下文窗口更大的模型。" },
  },
  content_policy_violation: {
    public: "HW-UP-POLICY",
    en: { next: "Change the request; the upstream's content policy does not allow it as it is." },
    zh: { what: "上游的内容政策不允许此请求。", next: "请修改请求内容。" },
  },
  expired: {
    public: "HW-DEFER-410",
    en: { next: "Ask again; nothing could answer before the deferred call expired." },
    zh: { what: "延后的调用已过期。", next: "请重新提问；在过期之前没有任何目标能够回答。" },
  },
  no_healthy_upstream: {
    public: "HW-NO-UPSTREAM",
    en: { next: "Try again after Retry-After; Headwater keeps probing." },
    zh: { what: "没有健康的上游。", next: "在 Retry-After 之后重试；Headwater 会持续探测。" },
  },
  all_upstreams_rate_limited: {
    public: "HW-UP-429",
    en: { next: "Try again after Retry-After." },
    zh: { what: "所有上游都在限流。", next: "在 Retry-After 之后重试。" },
  },
  upstream_credentials: {
    public: "HW-UP-401",
    en: { next: "The administrator must replace the upstream's credential." },
    zh: { what: "上游拒绝了凭据。", next: "管理员需要更换该上游的凭据。" },
  },
  upstream_quota: {
    public: "HW-UP-402",
    en: { next: "The administrator must add credit to the upstream's account." },
    zh: { what: "上游账户额度已用完。", next: "管理员需要为上游账户充值。" },
  },
  upstream_malformed: {
    public: "HW-UP-MALFORMED",
    en: { next: "Try again; if it stays, the administrator should look at the upstream." },
    zh: { what: "上游的回答无法读懂。", next: "重试；若持续出现，请管理员检查该上游。" },
  },
  upstream_timeout: {
    public: "HW-UP-504",
    en: { next: "Try again, or allow the call more time." },
    zh: { what: "上游没有及时回答。", next: "重试，或允许更长的时间。" },
  },
  deadline_exceeded: {
    public: "HW-DEADLINE-504",
    en: { next: "Try again, or allow the call more time." },
    zh: { what: "调用超过了时限。", next: "重试，或允许更长的时间。" },
  },
  stream_interrupted: {
    public: "HW-UP-STREAM",
    en: { next: "The answer is incomplete; ask again." },
    zh: { what: "回答在中途中断。", next: "回答不完整，请重新提问。" },
  },
  upstream_dns: {
    public: "HW-UP-DNS",
    en: { next: "Check the spelling; on an air-gapped site use an address on your network." },
    zh: { what: "找不到上游的主机名。", next: "请检查拼写；在隔离网络中，请使用您网络内的地址。" },
  },
  upstream_address: {
    public: "HW-UP-ADDRESS",
    en: { next: "If it is an engine on your machine or network, mark the upstream as local." },
    zh: {
      what: "上游的地址属于私有网络、链路本地或本网关自身。",
      next: "若它是本机或您网络中的引擎，请将该上游标记为本地。",
    },
  },
  upstream_tls: {
    public: "HW-UP-TLS",
    en: {
      next: "Trust the certificate's issuer in the upstream, or correct the certificate, the port or the clock.",
    },
    zh: {
      what: "无法与上游建立可信的加密连接。",
      next: "请在该上游中信任其证书的签发者，或更正证书、端口或时钟。",
    },
  },
  upstream_connect_timeout: {
    public: "HW-UP-TIMEOUT",
    en: { next: "Check the address, the port and any firewall between." },
    zh: { what: "上游没有及时接受连接。", next: "请检查地址、端口以及中间的防火墙。" },
  },
  upstream_unreachable: {
    public: "HW-UP-REFUSED",
    en: { next: "Check that the engine is running and the port is right." },
    zh: { what: "上游拒绝了连接。", next: "请检查引擎是否正在运行、端口是否正确。" },
  },
  upstream_no_models: {
    public: "HW-UP-404",
    en: { next: "Check the end of the base URL: most end in /v1." },
    zh: { what: "此地址没有模型列表。", next: "请检查基础地址的结尾：大多以 /v1 结尾。" },
  },
  upstream_broken: {
    public: "HW-UP-502",
    en: { next: "Try again; if it stays, look at the upstream itself." },
    zh: { what: "上游回答出错，或中断了连接。", next: "重试；若持续出现，请检查该上游本身。" },
  },
  overloaded: {
    public: "HW-SHED-503",
    en: { next: "Try again after Retry-After." },
    zh: { what: "网关过载。", next: "在 Retry-After 之后重试。" },
  },
  unavailable: {
    public: "HW-UNAVAILABLE-503",
    en: { next: "Try again in a moment." },
    zh: { what: "暂时不可用。", next: "请稍后再试。" },
  },
  disk_full: {
    public: "HW-DISK",
    en: { next: "Free space on the volume of the state directory; then it goes on by itself." },
    zh: { what: "磁盘已满。", next: "请在状态目录所在的卷上腾出空间；之后会自动继续。" },
  },
  internal: {
    public: "HW-INT-500",
    en: { next: "Report the request id to the administrator." },
    zh: { what: "Headwater 内部出错。", next: "请把请求编号告诉管理员。" },
  },
  canceled: {
    public: "HW-REQ-499",
    en: { next: "The caller closed the connection before the answer was complete." },
    zh: { what: "调用方在回答完成前关闭了连接。", next: "无需处理。" },
  },
  line_lost: {
    public: "HW-LINE-LOST",
    en: { next: "It is tried again by itself; what you typed stays here." },
    zh: { what: "与服务失去联系。", next: "会自动重试；已输入的内容会保留。" },
  },
  line_timeout: {
    public: "HW-LINE-TIMEOUT",
    en: { next: "Try again." },
    zh: { what: "服务没有及时回答。", next: "请重试。" },
  },
  line_unreadable: {
    public: "HW-LINE-UNREADABLE",
    en: { next: "Try again; if it stays, look at the log of the service." },
    zh: { what: "服务的回答无法读懂。", next: "请重试；若持续出现，请查看服务日志。" },
  },
};
