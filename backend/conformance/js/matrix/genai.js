// The official Google GenAI SDK.
import { ApiError, GoogleGenAI } from '@google/genai';
import { answerSchema, kindOf, onePixel, question, result, system, toolNames, toolSchema, toolText } from './ask.js';

const ask = (model, config = {}, contents = question) => ({ model, contents, config: { systemInstruction: system, ...config } });

const answerOf = (r) => ({
  text: r.text ?? '',
  model: r.modelVersion,
  finish: r.candidates?.[0]?.finishReason,
  in: r.usageMetadata?.promptTokenCount ?? 0,
  out: r.usageMetadata?.candidatesTokenCount ?? 0,
});

const gemini = ({ models, chats }) => ({
  chat: async (model) => answerOf(await models.generateContent(ask(model))),
  // The SDK has no accumulator: text is the sum, the rest the last that was said.
  async stream(model, seen, abortSignal) {
    let all = { text: '', in: 0, out: 0 };
    for await (const piece of await models.generateContentStream(ask(model, { abortSignal }))) {
      const { text, ...got } = answerOf(piece);
      if (text) seen();
      all = { ...got, text: all.text + text, in: got.in || all.in, out: got.out || all.out };
    }
    return all;
  },
  // The SDK keeps the conversation.
  async again(model) {
    const chat = chats.create({ model, config: { systemInstruction: system } });
    await chat.sendMessage({ message: question });
    return (await chat.sendMessage({ message: question })).text;
  },
  async tools(model, next) {
    const functionDeclarations = toolNames.map((name) => ({ name, description: toolText, parametersJsonSchema: toolSchema }));
    const config = { tools: [{ functionDeclarations }] };
    const [parts, calls] = [[], []];
    for await (const piece of await models.generateContentStream(ask(model, config))) {
      // An empty text may stand beside the reason of the end.
      parts.push(...(piece.candidates?.[0]?.content?.parts ?? []).filter((part) => part.text !== ''));
      for (const c of piece.functionCalls ?? []) calls.push({ id: c.id, name: c.name, args: JSON.stringify(c.args) });
    }
    const results = calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: result } } }));
    const turns = [{ role: 'user', parts: [{ text: question }] }, { role: 'model', parts }, { role: 'user', parts: results }];
    return { calls, text: (await models.generateContent(ask(next, config, turns))).text };
  },
  async schema(model) {
    const config = { responseMimeType: 'application/json', responseJsonSchema: answerSchema };
    return JSON.parse((await models.generateContent(ask(model, config))).text);
  },
  async vision(model) {
    const contents = [{ text: question }, { inlineData: { mimeType: 'image/png', data: onePixel } }];
    return (await models.generateContent(ask(model, {}, contents))).text;
  },
  async embed(model, texts) {
    return (await models.embedContent({ model, contents: texts })).embeddings.map((row) => row.values);
  },
  async models() {
    const names = [];
    for await (const model of await models.list()) names.push(model.name);
    return names;
  },
  // One class for all.
  kind: (err) => (err instanceof ApiError ? kindOf(err.status, err.message) : 'untyped'),
});

export const clients = [
  {
    name: 'Google GenAI JS',
    package: '@google/genai',
    finish: 'STOP',
    noIds: true,
    connect: (root, key) => gemini(new GoogleGenAI({ apiKey: key, vertexai: false, httpOptions: { baseUrl: root } })),
  },
];
