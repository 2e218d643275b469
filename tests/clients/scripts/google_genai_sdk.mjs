// The @google/genai package: a streamed chat with a tool call, then its result. Arguments: address, model, prompt.
import { readFileSync } from "node:fs";
import { GoogleGenAI } from "@google/genai";

const [address, model, prompt] = process.argv.slice(2);
const client = new GoogleGenAI({ apiKey: "sk-demo", httpOptions: { baseUrl: address } });
const parametersJsonSchema = {
  type: "object", properties: { command: { type: "string" } }, required: ["command"], additionalProperties: false,
};
const tools = [{ functionDeclarations: [{ name: "bash", parametersJsonSchema }] }];
const chat = client.chats.create({ model, config: { tools } });

const calls = [];
for await (const piece of await chat.sendMessageStream({ message: prompt })) calls.push(...(piece.functionCalls ?? []));
const [{ id, name, args }] = calls;
const output = readFileSync(args.command.split(" ").at(-1), "utf8");
const { text } = await chat.sendMessage({ message: { functionResponse: { id, name, response: { output } } } });
console.log(text);
