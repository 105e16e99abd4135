// A vendor for coding agents: it speaks OpenAI's chat completions and plays a
// script. Asked with tools, it has the agent write a file with the first tool
// that runs commands; once it holds the result, it says what the result was.
import http from 'node:http';

const runners = {
  Bash: (command) => ({ command, description: 'Writes the file' }),
  exec_command: (cmd) => ({ cmd }),
  shell_command: (command) => ({ command }),
  shell: (command) => ({ command: ['bash', '-lc', command] }),
};

const chunk = (model, delta, finish_reason = null) => ({
  id: 'chatcmpl-agent',
  object: 'chat.completion.chunk',
  created: 1,
  model,
  choices: [{ index: 0, delta, finish_reason }],
});

/** The answer to a request as the pieces of a stream. */
function script(body, command) {
  const names = (body.tools ?? []).map((tool) => tool.function.name);
  const runner = names.find((name) => runners[name]);
  const last = body.messages.at(-1);
  if (!runner) return { finish: 'stop', deltas: [{ content: 'A title.' }] };
  if (last.role === 'tool') {
    const text = typeof last.content === 'string' ? last.content : last.content.map((part) => part.text).join('');
    return { finish: 'stop', deltas: [{ content: 'The tool said: ' }, { content: text.trim() }] };
  }
  const args = JSON.stringify(runners[runner](command));
  const half = Math.floor(args.length / 2);
  return {
    finish: 'tool_calls',
    deltas: [
      { content: 'I write the file.' },
      { tool_calls: [{ index: 0, id: 'call_agent1', type: 'function', function: { name: runner, arguments: args.slice(0, half) } }] },
      { tool_calls: [{ index: 0, function: { arguments: args.slice(half) } }] },
    ],
  };
}

const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };

function plain(model, { finish, deltas }) {
  const message = { role: 'assistant', content: deltas.map((d) => d.content ?? '').join('') };
  const calls = deltas.flatMap((d) => d.tool_calls ?? []);
  if (calls.length > 0) {
    const args = calls.map((c) => c.function.arguments).join('');
    message.tool_calls = [{ id: calls[0].id, type: 'function', function: { name: calls[0].function.name, arguments: args } }];
  }
  return { id: 'chatcmpl-agent', object: 'chat.completion', created: 1, model, usage, choices: [{ index: 0, message, finish_reason: finish }] };
}

/** Starts the vendor; command is what the agent is to run. */
export async function startVendor(command) {
  const requests = [];
  const server = http.createServer(async (req, res) => {
    let text = '';
    for await (const piece of req) text += piece;
    if (req.method !== 'POST') {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end('{"object":"list","data":[{"id":"scripted","object":"model"}]}'); // the gateway asks how it is
      return;
    }
    const body = JSON.parse(text);
    requests.push(body);
    const played = script(body, command);
    if (!body.stream) {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.end(JSON.stringify(plain(body.model, played)));
      return;
    }
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (data) => res.write(`data: ${JSON.stringify(data)}\n\n`);
    send(chunk(body.model, { role: 'assistant', content: '' }));
    for (const delta of played.deltas) send(chunk(body.model, delta));
    send(chunk(body.model, {}, played.finish));
    send({ ...chunk(body.model, {}), choices: [], usage });
    res.end('data: [DONE]\n\n');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, requests, close: () => server.close() };
}
