"""The anthropic package: a streamed message with a tool, then its result. Arguments: address, model, prompt."""

import sys
from typing import Any

from anthropic import Anthropic
from shell_tool import SCHEMA, bash

ADDRESS, MODEL, PROMPT = sys.argv[1:]
client = Anthropic(base_url=ADDRESS, api_key="sk-demo")
tools: Any = [{"name": "bash", "input_schema": SCHEMA}]
messages: Any = [{"role": "user", "content": PROMPT}]

with client.messages.stream(model=MODEL, max_tokens=500, messages=messages, tools=tools) as stream:
    content: Any = stream.get_final_message().content
use = next(block for block in content if block.type == "tool_use")
result = {"type": "tool_result", "tool_use_id": use.id, "content": bash(**use.input)}
messages += [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
answer: Any = client.messages.create(model=MODEL, max_tokens=500, messages=messages, tools=tools)
print("".join(block.text for block in answer.content if block.type == "text"))
