import { Code, Group, Tabs } from "@mantine/core";
import { CopyButton } from "./controls";

/** The same request in several languages, each to copy. */
export function Snippets(props: { label: string; items: { id: string; label: string; code: string }[] }) {
  return (
    <Tabs defaultValue={props.items[0]?.id ?? ""} keepMounted={false}>
      <Tabs.List aria-label={props.label}>
        {props.items.map((item) => (
          <Tabs.Tab key={item.id} value={item.id}>
            {item.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {props.items.map((item) => (
        <Tabs.Panel key={item.id} value={item.id} pt="xs">
          <Group justify="flex-end" mb={4}>
            <CopyButton text={item.code} />
          </Group>
          <Code block className="hw-code" data-snippet={item.id} tabIndex={0}>
            {item.code}
          </Code>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}

const shellQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** One chat call against the endpoint, as the snippets show it. key is shown as it is: pass $HEADWATER_KEY to hide it. */
export function chatSnippets(endpoint: string, key: string, model: string) {
  const base = `http://${endpoint}/v1`;
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
  const quotedKey = key.startsWith("$")
    ? `"Authorization: Bearer ${key}"`
    : shellQuote(`Authorization: Bearer ${key}`);
  const literal = key.startsWith("$") ? undefined : JSON.stringify(key);
  return [
    {
      id: "curl",
      label: "curl",
      code: `curl ${base}/chat/completions \\\n  -H ${quotedKey} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shellQuote(body)}`,
    },
    {
      id: "python",
      label: "Python",
      code: `${literal ? "" : "import os\n"}from openai import OpenAI\n\nclient = OpenAI(base_url=${JSON.stringify(base)}, api_key=${literal ?? 'os.environ["HEADWATER_KEY"]'})\nanswer = client.chat.completions.create(\n    model=${JSON.stringify(model)},\n    messages=[{"role": "user", "content": "Hello"}],\n)\nprint(answer.choices[0].message.content)`,
    },
    {
      id: "node",
      label: "Node",
      code: `import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: ${JSON.stringify(base)}, apiKey: ${literal ?? "process.env.HEADWATER_KEY"} });\nconst answer = await client.chat.completions.create({\n  model: ${JSON.stringify(model)},\n  messages: [{ role: "user", content: "Hello" }],\n});\nconsole.log(answer.choices[0].message.content);`,
    },
    {
      id: "env",
      label: "env",
      code: `export OPENAI_BASE_URL=${base}\nexport OPENAI_API_KEY=${key.startsWith("$") ? `"${key}"` : key}`,
    },
  ];
}
