// What a client holds after a call, in the shape of the Go suite's Outcome,
// and how two of them differ.
import { isDeepStrictEqual } from 'node:util';

const empty = () => ({ model: '', text: '', reasoning: '', calls: [], finish: '', usage: null });

/** A list of content parts, as some vendors send it, read as text and thinking. */
function parts(content) {
  let text = '';
  let thought = '';
  for (const part of content) {
    text += part.text ?? '';
    for (const t of Array.isArray(part.thinking) ? part.thinking : []) thought += t.text ?? '';
  }
  return { text, thought };
}

function textOf(content) {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return parts(content).text;
  return content ? JSON.stringify(content) : '';
}

function reasoningOf(message) {
  const own = [message.reasoning_content, message.reasoning].find((v) => typeof v === 'string' && v !== '');
  return own ?? (Array.isArray(message.content) ? parts(message.content).thought : '');
}

function usageOf(u) {
  if (!u) return null;
  return {
    in: u.prompt_tokens ?? 0,
    out: u.completion_tokens ?? 0,
    total: u.total_tokens ?? 0,
    cached_in: u.prompt_tokens_details?.cached_tokens || u.cached_tokens || u.prompt_cache_hit_tokens || 0,
    reasoning_out: u.completion_tokens_details?.reasoning_tokens || u.reasoning_tokens || 0,
  };
}

const call = (id, fn) => ({ id: id ?? '', name: fn?.name ?? '', args: fn?.arguments ?? '' });

/** The outcome of a whole chat answer. */
export function plainOutcome(answer) {
  const out = { ...empty(), model: answer.model, usage: usageOf(answer.usage) };
  const choice = answer.choices?.find((c) => (c.index ?? 0) === 0);
  if (!choice) return out;
  const m = choice.message;
  out.text = textOf(m.content);
  out.reasoning = reasoningOf(m);
  out.finish = choice.finish_reason ?? '';
  out.calls = (m.tool_calls ?? []).map((c) => call(c.id, c.function));
  if (m.function_call?.name) out.calls.push(call('', m.function_call));
  return out;
}

/** The outcome of a streamed chat answer; takes any async iterable of chunks. */
export async function streamOutcome(stream) {
  const out = empty();
  const open = new Map();
  for await (const chunk of stream) {
    out.model = chunk.model || out.model;
    if (chunk.usage) out.usage = usageOf(chunk.usage);
    else if (chunk.x_groq?.usage && !out.usage) out.usage = usageOf(chunk.x_groq.usage);
    for (const choice of chunk.choices ?? []) {
      if ((choice.index ?? 0) !== 0) continue;
      const delta = choice.delta ?? {};
      out.text += textOf(delta.content);
      out.reasoning += reasoningOf(delta);
      for (const piece of delta.tool_calls ?? []) addCall(out.calls, open, piece);
      out.finish = choice.finish_reason || out.finish;
    }
  }
  return out;
}

function addCall(calls, open, piece) {
  const index = piece.index ?? 0;
  let at = open.get(index);
  // Some vendors send whole calls one after another with the same index.
  if (at === undefined || (piece.id && calls[at].id && piece.id !== calls[at].id)) {
    at = calls.length;
    open.set(index, at);
    calls.push(call('', {}));
  }
  calls[at].id ||= piece.id ?? '';
  calls[at].name ||= piece.function?.name ?? '';
  calls[at].args += piece.function?.arguments ?? '';
}

/** The outcome of an embeddings answer. */
export function embeddingsOutcome(answer) {
  const first = answer.data[0]?.embedding ?? [];
  return {
    ...empty(),
    model: answer.model,
    usage: { in: answer.usage?.prompt_tokens ?? 0, total: answer.usage?.total_tokens ?? 0 },
    vectors: answer.data.length,
    dims: typeof first === 'string' ? 0 : first.length,
    first: typeof first === 'string' ? [] : Array.from(first.slice(0, 3)),
  };
}

/** Arguments compared as JSON; none and an empty object are one. */
export function sameArgs(a, b) {
  const [x, y] = [a || '{}', b || '{}'];
  if (x === y) return true;
  try {
    return isDeepStrictEqual(JSON.parse(x), JSON.parse(y));
  } catch {
    return false;
  }
}

const short = (v) => {
  const text = typeof v === 'string' ? v : JSON.stringify(v);
  return text.length > 160 ? `${text.slice(0, 80)} … ${text.slice(-80)}` : text;
};

/** Lists how got differs from want; empty when it does not. */
export function differences(want, got) {
  if (want.failed || got.failed) {
    if (Boolean(want.failed) === Boolean(got.failed)) return [];
    return [got.failed ? `raised: ${got.error_text}` : `raised nothing, answered ${short(got.text)}`];
  }
  const diffs = [];
  const add = (what, w, g) => {
    if (w !== g) diffs.push(`${what}: want ${short(String(w))}, got ${short(String(g))}`);
  };
  for (const field of ['model', 'text', 'reasoning', 'finish']) add(field, want[field] ?? '', got[field] ?? '');
  add('vectors', want.vectors ?? 0, got.vectors ?? 0);
  if (want.dims) add('dims', want.dims, got.dims);
  const calls = want.calls ?? [];
  add('calls', calls.length, got.calls.length);
  for (let i = 0; i < Math.min(calls.length, got.calls.length); i++) {
    add(`call ${i} id`, calls[i].id ?? '', got.calls[i].id);
    add(`call ${i} name`, calls[i].name, got.calls[i].name);
    if (!sameArgs(calls[i].args, got.calls[i].args)) add(`call ${i} arguments`, calls[i].args, got.calls[i].args);
  }
  for (const [name, n] of Object.entries(want.usage ?? {})) add(`usage ${name}`, n, got.usage?.[name] ?? 0);
  for (const [i, n] of (want.first ?? []).entries()) {
    if (!(Math.abs(n - (got.first?.[i] ?? Number.NaN)) < 1e-6)) add(`vector element ${i}`, n, got.first?.[i]);
  }
  return diffs;
}
