"""LangChain's ChatAnthropic with a bound tool, streamed. Arguments: address, model, prompt."""

import sys
from typing import Any

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from shell_tool import bash

ADDRESS, MODEL, PROMPT = sys.argv[1:]
settings: Any = {"model_name": MODEL, "base_url": ADDRESS, "api_key": "sk-demo"}
chat = ChatAnthropic(**settings).bind_tools([tool(bash)])
question = HumanMessage(PROMPT)

pieces = list(chat.stream([question]))
message: Any = pieces[0]
for piece in pieces[1:]:
    message += piece
(call,) = message.tool_calls
result = ToolMessage(bash(**call["args"]), tool_call_id=call["id"])
print(chat.invoke([question, message, result]).content)
