"""The shape of a Cohere v2 chat body. Source: https://docs.cohere.com/reference/chat"""

from proxy_core.simulator.validation.shapes import ANY, BOOL, TEXT, Either, Number, Obj, Seq, Tagged, Text

__all__ = ["BODY"]

_OPEN = Obj(open_=True)
_TEXT_ITEM = Obj({"type": TEXT, "text": TEXT}, ("type", "text"))
_IMAGE_ITEM = Obj({"type": TEXT, "image_url": Obj({"url": TEXT, "detail": TEXT}, ("url",))}, ("type", "image_url"))
_THINKING_ITEM = Obj({"type": TEXT, "thinking": TEXT}, ("type", "thinking"))
_DOCUMENT_ITEM = Obj({"type": TEXT, "document": _OPEN}, ("type", "document"))
_TOOL_CALL = Obj(
    {
        "id": TEXT,
        "type": Text(("function",)),
        "function": Obj({"name": TEXT, "arguments": TEXT}, ("name", "arguments")),
    },
    ("id", "type", "function"),
)
_MESSAGE = Tagged(
    {
        "system": Obj({"role": TEXT, "content": Either((Seq(_TEXT_ITEM), TEXT))}, ("content",)),
        "user": Obj(
            {
                "role": TEXT,
                "content": Either((Seq(Tagged({"text": _TEXT_ITEM, "image_url": _IMAGE_ITEM}, step=False)), TEXT)),
            },
            ("content",),
        ),
        "assistant": Obj(
            {
                "role": TEXT,
                "content": Either(
                    (Seq(Tagged({"text": _TEXT_ITEM, "thinking": _THINKING_ITEM}, step=False)), TEXT)
                ),
                "tool_calls": Seq(_TOOL_CALL, 1),
                "tool_plan": TEXT,
                "citations": Seq(ANY),
            }
        ),
        "tool": Obj(
            {
                "role": TEXT,
                "tool_call_id": TEXT,
                "content": Either(
                    (Seq(Tagged({"text": _TEXT_ITEM, "document": _DOCUMENT_ITEM}, step=False)), TEXT)
                ),
            },
            ("tool_call_id", "content"),
        ),
    },
    key="role",
    step=False,
)
_TOOL = Obj(
    {
        "type": Text(("function",)),
        "function": Obj({"name": TEXT, "description": TEXT, "parameters": _OPEN}, ("name", "parameters")),
    },
    ("type", "function"),
)

BODY = Obj(
    {
        "model": TEXT,
        "messages": Seq(_MESSAGE, 1),
        "stream": BOOL,
        "tools": Seq(_TOOL),
        "tool_choice": Text(("REQUIRED", "NONE")),
        "strict_tools": BOOL,
        "documents": Seq(ANY),
        "citation_options": _OPEN,
        "response_format": Obj({"type": Text(("text", "json_object")), "json_schema": _OPEN}, ("type",)),
        "safety_mode": TEXT,
        "max_tokens": Number(integer=True, minimum=1),
        "stop_sequences": Seq(TEXT),
        "temperature": Number(minimum=0),
        "seed": Number(integer=True, minimum=0),
        "frequency_penalty": Number(minimum=0, maximum=1),
        "presence_penalty": Number(minimum=0, maximum=1),
        "k": Number(minimum=0, maximum=500),
        "p": Number(minimum=0.01, maximum=0.99),
        "logprobs": BOOL,
        "thinking": Obj(
            {"type": Text(("enabled", "disabled")), "token_budget": Number(integer=True, minimum=1)}, ("type",)
        ),
        "priority": Number(integer=True),
    },
    ("model", "messages"),
)
