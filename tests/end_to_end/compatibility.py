"""Raw requests with one feature each in the four client dialects, and what was heard of the answers.

Knows the clients' wires only as far as the compatibility test needs; knows no family and no outcome.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tests.end_to_end.stand import Answer, Stand
from tests.end_to_end.test_conversations import CITY, PERSON, png

__all__ = ["DIALECTS", "FEATURES", "Heard", "ask", "heard_in"]

DIALECTS = ("chat", "messages", "responses", "gemini")
ROMAN = '[[sim: call weather {"city": "Rom"}]]'
TEXTS = MappingProxyType(
    {
        "text": "[[sim: say Grüße, data: 😀]]",
        "tools": ROMAN,
        "parallel tools": '[[sim: call weather {"city": "Köln"}]] ' + ROMAN,
        "images": "What is it?",
        "thinking": "What is 17 times 23?",
        "structured output": "Who?",
        "error": "hello",
        "overflow": "hello",
    }
)
"""What the user says, by feature."""
FEATURES = tuple(TEXTS)
WEATHER = {"name": "weather", "description": "Weather"}


def image_url() -> str:
    return f"data:image/png;base64,{png()}"


def user_turn(text: str, *parts: Any) -> list[Any]:
    return [{"role": "user", "content": [text_part(text), *parts]}]


def text_part(text: str) -> Any:
    return {"type": "text", "text": text}


def chat_body(_model: str, feature: str) -> dict[str, Any]:
    schema = {"name": "person", "schema": PERSON, "strict": True}
    function = {"type": "function", "function": {**WEATHER, "parameters": CITY}}
    match feature:
        case "images":
            part = {"type": "image_url", "image_url": {"url": image_url()}}
            return {"messages": user_turn(TEXTS[feature], part)}
        case "tools" | "parallel tools":
            more: dict[str, Any] = {"tools": [function]}
        case "thinking":
            more = {"reasoning_effort": "medium"}
        case "structured output":
            more = {"response_format": {"type": "json_schema", "json_schema": schema}}
        case _:
            more = {}
    return {"messages": user_turn(TEXTS[feature]), **more}


def messages_body(_model: str, feature: str) -> dict[str, Any]:
    limit = {"max_tokens": 4000}
    match feature:
        case "images":
            source = {"type": "base64", "media_type": "image/png", "data": png()}
            return {"messages": user_turn(TEXTS[feature], {"type": "image", "source": source}), **limit}
        case "tools" | "parallel tools":
            more: dict[str, Any] = {"tools": [{**WEATHER, "input_schema": CITY}]}
        case "thinking":
            more = {"thinking": {"type": "enabled", "budget_tokens": 2000}}
        case "structured output":
            more = {"output_config": {"format": {"type": "json_schema", "schema": PERSON}}}
        case _:
            more = {}
    return {"messages": user_turn(TEXTS[feature]), **limit, **more}


def responses_body(_model: str, feature: str) -> dict[str, Any]:
    parts: list[Any] = [{"type": "input_text", "text": TEXTS[feature]}]
    match feature:
        case "images":
            parts.append({"type": "input_image", "image_url": image_url()})
            more: dict[str, Any] = {}
        case "tools" | "parallel tools":
            more = {"tools": [{"type": "function", **WEATHER, "parameters": CITY}]}
        case "thinking":
            more = {"reasoning": {"effort": "medium", "summary": "auto"}}
        case "structured output":
            wanted = {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}
            more = {"text": {"format": wanted}}
        case _:
            more = {}
    return {"input": [{"role": "user", "content": parts}], "store": False, **more}


def gemini_body(model: str, feature: str) -> dict[str, Any]:
    parts: list[Any] = [{"text": TEXTS[feature]}]
    match feature:
        case "images":
            parts.append({"inlineData": {"mimeType": "image/png", "data": png()}})
            more: dict[str, Any] = {}
        case "tools" | "parallel tools":
            more = {"tools": [{"functionDeclarations": [{**WEATHER, "parametersJsonSchema": CITY}]}]}
        case "thinking":
            depth: dict[str, Any] = (
                {"thinkingLevel": "high"} if model.startswith("gemini-3") else {"thinkingBudget": 2000}
            )
            more = {"generationConfig": {"thinkingConfig": {"includeThoughts": True, **depth}}}
        case "structured output":
            config = {"responseMimeType": "application/json", "responseJsonSchema": PERSON}
            more = {"generationConfig": config}
        case _:
            more = {}
    return {"contents": [{"role": "user", "parts": parts}], **more}


BODIES: Mapping[str, Callable[[str, str], dict[str, Any]]] = MappingProxyType(
    {"chat": chat_body, "messages": messages_body, "responses": responses_body, "gemini": gemini_body}
)
PATHS = MappingProxyType({"chat": "/v1/chat/completions", "messages": "/v1/messages", "responses": "/v1/responses"})


def ask(stand: Stand, dialect: str, model: str, feature: str, *, stream: bool) -> Answer:
    """One request with the feature, as a client of the dialect sends it."""
    body = BODIES[dialect](model, feature)
    if dialect == "gemini":
        verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return stand.request("POST", f"/v1beta/models/{model}:{verb}", body)
    return stand.request("POST", PATHS[dialect], {"model": model, "stream": stream, **body})


@dataclass
class Heard:
    """A complete answer: `thoughts` are thoughts shown, or thinking tokens counted where none are shown."""

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    thoughts: bool = False
    ended: bool = False


def heard_in(dialect: str, answer: Answer) -> Heard:
    """What an answer of status 200 says, whole or streamed."""
    return READERS[dialect](frames_of(answer))


def frames_of(answer: Answer) -> list[Any]:
    if "event-stream" not in answer.headers["content-type"]:
        return [answer.json()]
    lines = answer.body.decode().splitlines()
    payloads = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [json.loads(payload) for payload in payloads if payload != "[DONE]"]


def read_chat(frames: list[Any]) -> Heard:
    heard, calls = Heard(), dict[int, list[str]]()
    for frame in frames:
        details = (frame.get("usage") or {}).get("completion_tokens_details") or {}
        heard.thoughts |= bool(details.get("reasoning_tokens"))
        for choice in frame["choices"]:
            piece = choice.get("delta") or choice.get("message") or {}
            heard.text += piece.get("content") or ""
            heard.thoughts |= bool(piece.get("reasoning_content"))
            heard.ended |= bool(choice.get("finish_reason"))
            for number, call in enumerate(piece.get("tool_calls") or ()):
                known = calls.setdefault(call.get("index", number), ["", ""])
                known[0] += call["function"].get("name") or ""
                known[1] += call["function"].get("arguments") or ""
    heard.calls = tuple((name, json.loads(arguments)) for name, arguments in calls.values())
    return heard


def read_messages(frames: list[Any]) -> Heard:
    if frames[0]["type"] == "message":
        return read_blocks(frames[0]["content"], ended=bool(frames[0]["stop_reason"]))
    blocks, written = dict[int, Any](), dict[int, str]()
    for frame in frames:
        match frame:
            case {"type": "content_block_start", "index": index, "content_block": block}:
                blocks[index], written[index] = dict(block), ""
            case {"type": "content_block_delta", "index": index, "delta": {"partial_json": piece}}:
                written[index] += piece
            case {"type": "content_block_delta", "index": index, "delta": delta}:
                for key in {"text", "thinking"} & delta.keys():
                    blocks[index][key] = blocks[index].get(key, "") + delta[key]
    for index, text in written.items():
        blocks[index].update({"input": json.loads(text)} if text else {})
    return read_blocks(list(blocks.values()), ended=frames[-1]["type"] == "message_stop")


def read_blocks(blocks: list[Any], *, ended: bool) -> Heard:
    return Heard(
        "".join(block["text"] for block in blocks if block["type"] == "text"),
        tuple((block["name"], block["input"]) for block in blocks if block["type"] == "tool_use"),
        any(block["type"] == "thinking" for block in blocks),
        ended,
    )


def read_responses(frames: list[Any]) -> Heard:
    response = frames[-1].get("response", frames[-1])
    items = response["output"]
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    calls = [item for item in items if item["type"] == "function_call"]
    return Heard(
        "".join(part["text"] for part in parts),
        tuple((call["name"], json.loads(call["arguments"])) for call in calls),
        any(item["type"] == "reasoning" for item in items),
        response["status"] == "completed",
    )


def read_gemini(frames: list[Any]) -> Heard:
    candidates = [candidate for frame in frames for candidate in frame.get("candidates", ())]
    parts = [part for candidate in candidates for part in (candidate.get("content") or {}).get("parts", ())]
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    counted = any((frame.get("usageMetadata") or {}).get("thoughtsTokenCount") for frame in frames)
    return Heard(
        "".join(part.get("text", "") for part in parts if not part.get("thought")),
        tuple((call["name"], call["args"]) for call in calls),
        counted or any(part.get("thought") for part in parts),
        any(candidate.get("finishReason") for candidate in candidates),
    )


READERS: Mapping[str, Callable[[list[Any]], Heard]] = MappingProxyType(
    {"chat": read_chat, "messages": read_messages, "responses": read_responses, "gemini": read_gemini}
)
