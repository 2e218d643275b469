"""The openai package: a streamed chat with a tool, then Responses likewise. Arguments: address, model, prompt."""

import json
import sys
from typing import Any

from openai import OpenAI
from shell_tool import SCHEMA, bash

ADDRESS, MODEL, PROMPT = sys.argv[1:]
client = OpenAI(base_url=f"{ADDRESS}/v1", api_key="sk-demo")


def chat() -> str:
    tools: Any = [{"type": "function", "function": {"name": "bash", "parameters": SCHEMA}}]
    messages: Any = [{"role": "user", "content": PROMPT}]
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=tools) as stream:
        message = stream.get_final_completion().choices[0].message
    call: Any = (message.tool_calls or [])[0]
    result = bash(**json.loads(call.function.arguments))
    messages += [
        message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": result},
    ]
    answer = client.chat.completions.create(model=MODEL, messages=messages, tools=tools)
    return answer.choices[0].message.content or ""


def responses() -> str:
    tools: Any = [{"type": "function", "name": "bash", "parameters": SCHEMA, "strict": True}]
    items: Any = [{"role": "user", "content": PROMPT}]
    with client.responses.stream(model=MODEL, input=items, tools=tools) as stream:
        output = stream.get_final_response().output
    call: Any = next(item for item in output if item.type == "function_call")
    result = bash(**json.loads(call.arguments))
    echoed = [{"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments}]
    items += [*echoed, {"type": "function_call_output", "call_id": call.call_id, "output": result}]
    return client.responses.create(model=MODEL, input=items, tools=tools).output_text


proof = bash("cat proof.txt").strip()
answers = [chat(), responses()]
assert all(proof in answer for answer in answers), answers
print(*answers)
