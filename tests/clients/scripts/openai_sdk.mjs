// The openai package for JavaScript: a streamed chat with a tool, then its result. Arguments: address, model, prompt.
import { readFileSync } from "node:fs";
import OpenAI from "openai";

const [address, model, prompt] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: "sk-demo" });
const parameters = { type: "object", properties: { command: { type: "string" } }, required: ["command"] };
const tools = [{ type: "function", function: { name: "bash", parameters } }];
const messages = [{ role: "user", content: prompt }];

const first = await client.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
const { message } = first.choices[0];
const [call] = message.tool_calls;
const file = JSON.parse(call.function.arguments).command.split(" ").at(-1);
messages.push(message, { role: "tool", tool_call_id: call.id, content: readFileSync(file, "utf8") });
const answer = await client.chat.completions.create({ model, messages, tools });
console.log(answer.choices[0].message.content);
