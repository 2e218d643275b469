"""Folding a conversation: the model is asked for a summary, which goes to the client sealed in one item.

Any model can do it, and any other model can read the result.
"""

from uuid import uuid4

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, ChatResponse, Message, Reasoning, TextPart, ToolChoice
from proxy_core.wire.openai.responses_reasoning import encode_summary
from proxy_core.wire.openai.responses_shapes import new_response_id

__all__ = ["build_compaction_item", "summary_of", "with_summary_wanted"]

_INSTRUCTION = (
    "The conversation has become too long and will be cut here. Write a summary that lets another assistant go on "
    "with the work and know nothing else of it: what the user wants, with every constraint and preference; what "
    "was done and decided, with names of files, functions and commands; what failed and why; what is still to do, "
    "and the very next step. Quote what must stay exact. Write the summary alone, and call no tool."
)

_NOTHING = "(The model wrote no summary.)"


def with_summary_wanted(request: ChatRequest) -> ChatRequest:
    """The request that asks for the summary. Tools stay, for the history may hold calls of them."""
    wanted = Message("user", (TextPart(_INSTRUCTION),))
    return ChatRequest(
        model=request.model,
        messages=(*request.messages, wanted),
        stream=request.stream,
        tools=request.tools,
        tool_choice=ToolChoice("none") if request.tools else None,
        sampling=request.sampling,
        reasoning=Reasoning("off") if request.reasoning and request.reasoning.mode == "off" else None,
        user=request.user,
        diagnostics=request.diagnostics,
    )


def summary_of(response: ChatResponse) -> str:
    return "\n\n".join(part.text for part in response.parts if isinstance(part, TextPart) and part.text)


def build_compaction_item(summary: str) -> JsonObject:
    identity = new_response_id("cmp", uuid4().hex)
    return {"id": identity, "type": "compaction", "encrypted_content": encode_summary(summary or _NOTHING)}
