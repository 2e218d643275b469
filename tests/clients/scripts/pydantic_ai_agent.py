"""A pydantic-ai agent with a tool, over chat, responses and messages. Arguments: address, model, prompt."""

import sys

from pydantic_ai import Agent
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider
from shell_tool import bash

ADDRESS, MODEL, PROMPT = sys.argv[1:]
openai = OpenAIProvider(base_url=f"{ADDRESS}/v1", api_key="sk-demo")
anthropic = AnthropicProvider(base_url=ADDRESS, api_key="sk-demo")
models: list[Model] = [
    OpenAIChatModel(MODEL, provider=openai),
    OpenAIResponsesModel(MODEL, provider=openai),
    AnthropicModel(MODEL, provider=anthropic),
]

proof = bash("cat proof.txt").strip()
answers = [Agent(model, tools=[bash]).run_sync(PROMPT).output for model in models]
assert all(proof in answer for answer in answers), answers
print(*answers)
