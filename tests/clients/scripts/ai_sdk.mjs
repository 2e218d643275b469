// The AI SDK's three providers, each streaming through a tool call. Arguments: address, model, prompt.
import { readFileSync } from "node:fs";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { isStepCount, jsonSchema, streamText, tool } from "ai";

const [address, model, prompt] = process.argv.slice(2);
const settings = { baseURL: `${address}/v1`, apiKey: "sk-demo" };
const inputSchema = jsonSchema({
  type: "object", properties: { command: { type: "string" } }, required: ["command"], additionalProperties: false,
});
const read = ({ command }) => readFileSync(command.split(" ").at(-1), "utf8");
const bash = tool({ description: "Runs a command in the shell.", inputSchema, execute: read });
const models = [
  createOpenAICompatible({ ...settings, name: "sap" })(model),
  createOpenAI(settings)(model),
  createAnthropic(settings)(model),
];

const proof = read({ command: "cat proof.txt" }).trim();
for (const each of models) {
  const text = await streamText({ model: each, tools: { bash }, stopWhen: isStepCount(3), prompt }).text;
  if (!text.includes(proof)) throw new Error(`${each.provider}: ${text}`);
  console.log(text);
}
