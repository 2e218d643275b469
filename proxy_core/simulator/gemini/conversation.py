"""A checked Gemini body (snake_case) to the conversation that the simulated model sees."""

import json
from collections.abc import Mapping
from typing import Any

from proxy_core.simulator.gemini.models import GeminiModel
from proxy_core.simulator.gemini.option_rules import declarations_of
from proxy_core.simulator.gemini.turn_rules import parts_of
from proxy_core.simulator.gemini.validation import input_tokens_of
from proxy_core.simulator.mind.conversation import Conversation, SeenTool, SeenToolResult

__all__ = ["decode_conversation"]

Content = Mapping[str, Any]


def decode_conversation(body: Mapping[str, Any], model: GeminiModel) -> Conversation:
    users = [content for content in body["contents"] if content.get("role", "user") == "user"]
    spoken = [content for content in users if parts_of(content, "text")] or users
    config = body.get("generation_config", {})
    calling = body.get("tool_config", {}).get("function_calling_config", {})
    allowed = calling.get("allowed_function_names", [])
    must = calling.get("mode", "AUTO").upper() == "ANY"
    return Conversation(
        model.name,
        _text(body.get("system_instruction", {})),
        _text(spoken[-1]),
        len(users),
        results=tuple(_result(response) for response in parts_of(users[-1], "function_response")),
        tools=tuple(_tool(one) for one in declarations_of(body) if not allowed or one["name"] in allowed),
        tool_choice="required" if must else "none" if calling.get("mode", "").upper() == "NONE" else "auto",
        forced_tool=allowed[0] if must and len(allowed) == 1 else None,
        images=_count_files(users[-1], "image/"),
        documents=_count_files(users[-1], "application/"),
        schema=_schema(config),
        wants_json=config.get("response_mime_type") == "application/json",
        wants_thinking=_thinks(config.get("thinking_config", {}), model),
        max_tokens=config.get("max_output_tokens"),
        stop=tuple(config.get("stop_sequences", ())),
        input_tokens=input_tokens_of(body),
    )


def _thinks(config: Mapping[str, Any], model: GeminiModel) -> bool:
    """All think unless told not to, but for Flash-Lite, which thinks when told to."""
    default = 0 if "lite" in model.name and not model.has_levels else -1
    return model.thinks and config.get("thinking_budget", default) != 0


def _text(content: Content) -> str:
    return "\n".join(parts_of(content, "text"))


def _result(response: Mapping[str, Any]) -> SeenToolResult:
    """`result` and `output` hold a good answer, `error` a bad one; anything else is shown as JSON."""
    value = response.get("response", {})
    key = next((name for name in ("error", "result", "output") if name in value), None)
    shown = value[key] if key else value
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    return SeenToolResult(response.get("name", ""), text, key == "error", len(response.get("parts", [])))


def _tool(one: Mapping[str, Any]) -> SeenTool:
    schema = one.get("parameters_json_schema") or _plain_schema(one.get("parameters", {}))
    return SeenTool(one["name"], one.get("description", ""), schema)


def _schema(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if "response_json_schema" in config:
        schema: Mapping[str, Any] = config["response_json_schema"]
        return schema
    return _plain_schema(config["response_schema"]) if "response_schema" in config else None


def _plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Vertex's schema as JSON Schema: lower-case types, `anyOf`."""
    plain = {key: value for key, value in schema.items() if key not in ("type", "items", "properties", "any_of")}
    if "type" in schema:
        plain["type"] = schema["type"].lower()
    if "items" in schema:
        plain["items"] = _plain_schema(schema["items"])
    if "properties" in schema:
        plain["properties"] = {name: _plain_schema(inner) for name, inner in schema["properties"].items()}
    if "any_of" in schema:
        plain["anyOf"] = [_plain_schema(inner) for inner in schema["any_of"]]
    return plain


def _count_files(content: Content, start: str) -> int:
    files = [*parts_of(content, "inline_data"), *parts_of(content, "file_data")]
    return sum(file.get("mime_type", "").startswith(start) for file in files)
