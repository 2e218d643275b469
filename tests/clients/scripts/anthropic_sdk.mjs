// The Anthropic package for JavaScript: a streamed message with a tool, then its result. Arguments: address, model, prompt.
import { readFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";

const [address, model, prompt] = process.argv.slice(2);
const client = new Anthropic({ baseURL: address, apiKey: "sk-demo" });
const input_schema = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
const tools = [{ name: "bash", input_schema }];
const messages = [{ role: "user", content: prompt }];

const { content } = await client.messages.stream({ model, max_tokens: 500, messages, tools }).finalMessage();
const use = content.find((block) => block.type === "tool_use");
const text = readFileSync(use.input.command.split(" ").at(-1), "utf8");
const result = { type: "tool_result", tool_use_id: use.id, content: text };
messages.push({ role: "assistant", content }, { role: "user", content: [result] });
const answer = await client.messages.create({ model, max_tokens: 500, messages, tools });
console.log(answer.content.map((block) => block.text ?? "").join(""));
