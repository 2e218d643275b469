"""What Azure OpenAI's Responses API refuses: the shape of a body, tools, models, pairing of calls and outputs."""

import hashlib
import hmac
from typing import Any

from proxy_core.simulator.azure.chat_rules import check_document, check_function_schema, check_image, check_strict
from proxy_core.simulator.azure.chat_shape import CALL_ID, LONGEST_DESCRIPTION, TOOL_NAME
from proxy_core.simulator.azure.models import AzureModel
from proxy_core.simulator.azure.openai_words import RefusedError, check_body, supported
from proxy_core.simulator.mind.token_count import count_tokens
from proxy_core.simulator.validation.shapes import (
    ANY,
    BOOL,
    TEXT,
    Either,
    MapOf,
    Nullable,
    Number,
    Obj,
    Seq,
    Shape,
    Tagged,
    Text,
)

__all__ = ["check_items", "check_responses", "sealed"]

SEAL_KEY = b"simulated reasoning"
SEAL_START = "gAAAAAB"

DETAIL = Nullable(Text(values=("auto", "low", "high", "original")))
INPUT_PARTS = Tagged(
    {
        "input_text": Obj({"type": TEXT, "text": TEXT}, ("text",)),
        "input_image": Obj(
            {"type": TEXT, "image_url": Nullable(TEXT), "file_id": Nullable(TEXT), "detail": DETAIL}
        ),
        "input_file": Obj(
            {"type": TEXT, "file_data": TEXT, "filename": TEXT, "file_url": TEXT, "file_id": Nullable(TEXT)}
        ),
    },
    step=False,
)
OUTPUT_PARTS = Tagged(
    {
        "output_text": Obj({"type": TEXT, "text": TEXT, "annotations": ANY, "logprobs": ANY}, ("text",)),
        "refusal": Obj({"type": TEXT, "refusal": TEXT}, ("refusal",)),
    },
    step=False,
)


def message_shape(parts: Tagged) -> Obj:
    fields: dict[str, Shape] = {
        "type": TEXT,
        "id": TEXT,
        "status": TEXT,
        "role": TEXT,
        "phase": ANY,
        "content": Either((Seq(parts), TEXT)),
    }
    return Obj(fields, ("content",))


MESSAGE = Tagged(
    {
        "user": message_shape(INPUT_PARTS),
        "system": message_shape(INPUT_PARTS),
        "developer": message_shape(INPUT_PARTS),
        "assistant": message_shape(OUTPUT_PARTS),
    },
    key="role",
    step=False,
)
STATUS = Nullable(Text(values=("in_progress", "completed", "incomplete")))
ITEM = Tagged(
    {
        "message": MESSAGE,
        "function_call": Obj(
            {"type": TEXT, "id": TEXT, "status": STATUS, "call_id": CALL_ID, "name": TOOL_NAME, "arguments": TEXT},
            ("call_id", "name", "arguments"),
        ),
        "function_call_output": Obj(
            {
                "type": TEXT,
                "id": TEXT,
                "status": STATUS,
                "call_id": CALL_ID,
                "output": Either((Seq(INPUT_PARTS), TEXT)),
            },
            ("call_id", "output"),
        ),
        "reasoning": Obj(
            {
                "type": TEXT,
                "id": TEXT,
                "status": STATUS,
                "summary": Seq(Obj({"type": TEXT, "text": TEXT}, ("text",))),
                "content": Nullable(Seq(ANY)),
                "encrypted_content": Nullable(TEXT),
            },
            ("summary",),
        ),
        "item_reference": Obj({"type": TEXT, "id": TEXT}, ("id",)),
        "compaction": Obj({"type": TEXT, "id": TEXT, "encrypted_content": TEXT}, ("encrypted_content",)),
    },
    step=False,
    default="message",
)
TOOL = Obj(
    {
        "type": TEXT,
        "name": TOOL_NAME,
        "description": Nullable(Text(max_length=LONGEST_DESCRIPTION)),
        "parameters": Nullable(MapOf(ANY)),
        "strict": Nullable(BOOL),
    },
    ("name",),
)
FORMAT = Tagged(
    {
        "text": Obj({"type": TEXT}),
        "json_object": Obj({"type": TEXT}),
        "json_schema": Obj(
            {"type": TEXT, "name": TOOL_NAME, "description": TEXT, "schema": MapOf(ANY), "strict": Nullable(BOOL)},
            ("name", "schema"),
        ),
    },
    step=False,
)
INCLUDES = (
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
    "message.input_image.image_url",
    "file_search_call.results",
    "web_search_call.action.sources",
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
)
SHAPE = Obj(
    {
        "model": TEXT,
        "input": Either((Seq(ITEM), TEXT)),
        "instructions": Nullable(TEXT),
        "tools": Seq(TOOL, max_length=128),
        "tool_choice": Either((Obj({"type": TEXT, "name": TEXT}), Text(values=("none", "auto", "required")))),
        "parallel_tool_calls": Nullable(BOOL),
        "store": Nullable(BOOL),
        "include": Nullable(Seq(Text(values=INCLUDES))),
        "stream": Nullable(BOOL),
        "stream_options": Nullable(Obj({"include_obfuscation": BOOL})),
        "reasoning": Nullable(
            Obj(
                {
                    "effort": Nullable(TEXT),
                    "summary": Nullable(Text(values=("auto", "concise", "detailed"))),
                    "generate_summary": Nullable(TEXT),
                }
            )
        ),
        "max_output_tokens": Nullable(Number(integer=True, minimum=16)),
        "max_tool_calls": Nullable(Number(integer=True, minimum=1)),
        "temperature": Nullable(Number(minimum=0, maximum=2)),
        "top_p": Nullable(Number(minimum=0, maximum=1)),
        "top_logprobs": Nullable(Number(integer=True, minimum=0, maximum=20)),
        "text": Nullable(
            Obj({"format": Nullable(FORMAT), "verbosity": Nullable(Text(values=("low", "medium", "high")))})
        ),
        "truncation": Nullable(Text(values=("auto", "disabled"))),
        "previous_response_id": Nullable(TEXT),
        "background": Nullable(BOOL),
        "metadata": Nullable(MapOf(Text(max_length=512))),
        "prompt_cache_key": Nullable(TEXT),
        "prompt_cache_retention": Nullable(TEXT),
        "safety_identifier": Nullable(TEXT),
        "service_tier": Nullable(TEXT),
        "user": TEXT,
    }
)


def check_responses(body: Any, model: AzureModel) -> None:
    """Raises `RefusedError` for the first broken rule of a body without its history."""
    check_tool_types(body, model)
    check_body(SHAPE, body)
    check_model(body, model)
    for number, tool in enumerate(body.get("tools", ())):
        check_function_schema({**tool, "strict": False}, f"tools[{number}].parameters")
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        names = {tool["name"] for tool in body.get("tools", ())}
        if choice.get("type") != "function" or choice.get("name") not in names:
            raise RefusedError(f"Tool choice '{choice.get('type')}' not found in 'tools' parameter.", "tool_choice")
    wanted = (body.get("text") or {}).get("format") or {}
    if wanted.get("strict"):
        check_strict(
            wanted["schema"], f"response_format '{wanted['name']}'", "text.format.schema", "invalid_json_schema"
        )


def check_tool_types(body: Any, model: AzureModel) -> None:
    """Only function tools are allowed, and the refusal lists every other type."""
    tools = body.get("tools") if isinstance(body, dict) else None
    kinds = {str(tool.get("type")) for tool in tools or () if isinstance(tool, dict)} - {"function"}
    if kinds:
        names = sorted(kinds)
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        raise RefusedError(f"The following tool(s) are not allowed for model '{model.name}': {listed}.", "tools")


def check_model(body: dict[str, Any], model: AzureModel) -> None:
    reasoning = body.get("reasoning") or {}
    if model.reasons:
        unsupported = [name for name in ("temperature", "top_p") if body.get(name) not in (None, 1)]
        effort = reasoning.get("effort")
        if effort is not None and effort not in model.efforts:
            values = supported(model.efforts)
            text = f"Unsupported value: '{effort}' is not supported with the '{model.name}' model. {values}"
            raise RefusedError(text, "reasoning.effort", "unsupported_value")
    else:
        unsupported = [f"reasoning.{name}" for name in ("effort", "summary") if reasoning.get(name) is not None]
        if "reasoning.encrypted_content" in (body.get("include") or ()):
            raise RefusedError("Encrypted content is not supported with this model.", "include")
    if unsupported:
        text = f"Unsupported parameter: '{unsupported[0]}' is not supported with this model."
        raise RefusedError(text, unsupported[0], "unsupported_parameter")
    asked = body.get("max_output_tokens")
    if asked and asked > model.output:
        text = (
            "Invalid 'max_output_tokens': integer above maximum value. "
            f"Expected a value <= {model.output}, but got {asked} instead."
        )
        raise RefusedError(text, "max_output_tokens", "integer_above_max_value")


def check_items(items: list[dict[str, Any]], model: AzureModel) -> None:
    """The rules of a whole conversation, stored items included. Raises `RefusedError`."""
    calls = {item["call_id"] for item in items if item.get("type") == "function_call"}
    outputs = {item["call_id"] for item in items if item.get("type") == "function_call_output"}
    for number, item in enumerate(items):
        check_item(item, f"input[{number}]", calls, outputs)
        last = number == len(items) - 1
        if item.get("type") == "reasoning" and last:
            text = f"Item '{item.get('id')}' of type 'reasoning' was provided without its required following item."
            raise RefusedError(text, "input")
    if (
        count_tokens([item for item in items if "content" not in item or isinstance(item["content"], str)])
        > model.context
    ):
        text = "Your input exceeds the context window of this model. Please adjust your input and try again."
        raise RefusedError(text, "input", "context_length_exceeded")


def check_item(item: dict[str, Any], place: str, calls: set[str], outputs: set[str]) -> None:
    match item.get("type", "message"):
        case "function_call" if item["call_id"] not in outputs:
            raise RefusedError(f"No tool output found for function call {item['call_id']}.", "input")
        case "function_call_output" if item["call_id"] not in calls:
            raise RefusedError(
                f"No tool call found for function call output with call_id {item['call_id']}.", "input"
            )
        case "reasoning" if (seal := item.get("encrypted_content")) and not is_sealed(seal, item.get("id")):
            text = (
                f"The encrypted content {seal[:4]}...{seal[-4:]} could not be verified. Reason: Encrypted content "
                "could not be decrypted or parsed."
            )
            raise RefusedError(text, None, "invalid_encrypted_content")
        case "message" | "function_call_output":
            parts = item.get("content", item.get("output"))
            for number, part in enumerate(parts if isinstance(parts, list) else ()):
                check_part(part, f"{place}.content[{number}]")
        case _:
            pass


def check_part(part: dict[str, Any], place: str) -> None:
    if part["type"] == "input_image" and part.get("image_url"):
        check_image(part["image_url"], f"{place}.image_url")
    if part["type"] == "input_file" and "file_url" not in part:
        check_document({key: value for key, value in part.items() if key != "type"}, place)


def sealed(item_id: str) -> str:
    """The encrypted content of a reasoning item, which only this service can have made."""
    return SEAL_START + item_id.encode().hex() + hmac.new(SEAL_KEY, item_id.encode(), hashlib.sha256).hexdigest()


def is_sealed(text: str, item_id: str | None) -> bool:
    """Whether this service wrote the text, for the item of that id; clients may leave the id out."""
    try:
        own_id = bytes.fromhex(text.removeprefix(SEAL_START)[: -hashlib.sha256().digest_size * 2]).decode()
    except ValueError:
        return False
    return text == sealed(own_id) and item_id in (None, "", own_id)
