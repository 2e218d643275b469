"""An openai-agents agent with a tool, over chat and responses. Arguments: address, model, prompt."""

import sys

from agents import (
    Agent,
    Model,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from shell_tool import bash

ADDRESS, MODEL, PROMPT = sys.argv[1:]
set_tracing_disabled(True)
proof = bash("cat proof.txt").strip()


def ask(kind: type[OpenAIChatCompletionsModel] | type[OpenAIResponsesModel]) -> str:
    model: Model = kind(MODEL, AsyncOpenAI(base_url=f"{ADDRESS}/v1", api_key="sk-demo"))
    agent = Agent(name="Reader", model=model, tools=[function_tool(bash)])
    return str(Runner.run_sync(agent, PROMPT).final_output)


answers = [ask(OpenAIChatCompletionsModel), ask(OpenAIResponsesModel)]
assert all(proof in answer for answer in answers), answers
print(*answers)
