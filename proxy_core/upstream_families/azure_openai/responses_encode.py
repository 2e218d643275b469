"""A neutral request to a Responses body for Azure OpenAI.

For models that have no chat path, and for tools beside a reasoning effort where the chat path refuses the pair.
Nothing is kept at the vendor: thoughts travel sealed.
"""

from typing import assert_never

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    Message,
    Part,
    ReasoningPart,
    ResponseFormat,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolDefinition,
    ToolResultPart,
)
from proxy_core.upstream_families.azure_openai.parameters import effort_of, fit_user
from proxy_core.upstream_families.azure_openai.responses_parameters import fit_responses_parameters
from proxy_core.upstream_families.azure_openai.responses_route import PATH, operation_of
from proxy_core.upstream_families.azure_openai.tools import build_tool, explain_tools, fit_schema
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.encode_messages import MessageEncoder
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames, fit_call_id
from proxy_core.wire.openai.responses_reasoning import ENCRYPTED_CONTENT, build_sealed_item

__all__ = ["encode_responses_request"]

_NO_COUNTERPART = ("top_k", "seed", "presence_penalty", "frequency_penalty", "stop")


def encode_responses_request(request: ChatRequest, target: Target, fetch: FetchFile) -> UpstreamRequest:
    """Raises `ClientError` for content that Azure cannot take."""
    names = ToolNames()
    notes: list[Diagnostic] = []
    body: JsonObject = {"model": target.model, "store": False, "include": [ENCRYPTED_CONTENT]}
    body["input"] = _ItemEncoder(MessageEncoder(names, target.capabilities, fetch), names).encode(request.messages)
    _encode_tools(request, names, body)
    if request.response_format:
        body["text"] = {"format": _encode_format(request.response_format, names)}
    _encode_sampling(request, body, notes)
    if effort := effort_of(request.reasoning):
        body["reasoning"] = {"effort": effort, **({"summary": "auto"} if effort != "none" else {})}
    if request.user:
        body["user"] = fit_user(request.user)
    if request.stream:
        body["stream"] = True
    notes += fit_responses_parameters(body, target.capabilities)
    return UpstreamRequest(
        path=PATH, body=body, diagnostics=tuple(notes), tool_names=names.back, operation=operation_of(target)
    )


class _ItemEncoder:
    """Files are encoded as on the chat wire and then given this wire's shape."""

    def __init__(self, files: MessageEncoder, names: ToolNames) -> None:
        self._files = files
        self._names = names
        self._items: list[JsonObject] = []

    def encode(self, messages: tuple[Message, ...]) -> list[JsonObject]:
        for message in messages:
            match message.role:
                case "system" | "user":
                    self._add_turn(message)
                case "assistant":
                    self._add_answer(message)
                case role:
                    assert_never(role)
        return self._items

    def _add_turn(self, message: Message) -> None:
        results = [part for part in message.parts if isinstance(part, ToolResultPart)]
        self._items += [self._result(part) for part in results]
        said = [part for part in message.parts if isinstance(part, TextPart | FilePart)]
        content = self._content(said)
        if content or not results:
            self._items.append({"type": "message", "role": message.role, "content": content})

    def _add_answer(self, message: Message) -> None:
        """A thought must be followed by what it led to."""
        for part in message.parts:
            self._add_answer_part(part)
        while self._items and self._items[-1]["type"] == "reasoning":
            self._items.pop()

    def _add_answer_part(self, part: Part) -> None:
        match part:
            case TextPart():
                if part.text:
                    self._say("output_text", part.text)
            case ReasoningPart():
                if sealed := build_sealed_item(part):
                    self._items.append(sealed)
            case ToolCallPart():
                self._items.append(self._call(part))
            case FilePart():
                self._items.append({"type": "message", "role": "user", "content": self._content([part])})
            case ToolResultPart():
                raise ClientError("A tool result must stand in a user message.", param="messages")
            case _:
                assert_never(part)

    def _say(self, kind: str, text: str) -> None:
        content = [{"type": kind, "text": text}]
        self._items.append({"type": "message", "role": "assistant", "content": content})

    def _call(self, part: ToolCallPart) -> JsonObject:
        return {
            "type": "function_call",
            "call_id": fit_call_id(part.id),
            "name": self._names.fit(part.name),
            "arguments": part.arguments or "{}",
        }

    def _result(self, part: ToolResultPart) -> JsonObject:
        content = self._content([TextPart("Error:"), *part.content] if part.is_error else part.content)
        texts_only = all(item["type"] == "input_text" for item in content)
        output = "\n".join(item["text"] for item in content) if texts_only else content
        return {"type": "function_call_output", "call_id": fit_call_id(part.call_id), "output": output}

    def _content(self, parts: list[TextPart | FilePart] | tuple[TextPart | FilePart, ...]) -> list[JsonObject]:
        encoded = (self._files.encode_part(part) for part in parts)
        return [_of_chat_part(part) for part in encoded if part is not None]


def _of_chat_part(part: JsonObject) -> JsonObject:
    match part:
        case {"type": "text", "text": text}:
            return {"type": "input_text", "text": text}
        case {"type": "image_url", "image_url": {"url": url, **more}}:
            return {"type": "input_image", "image_url": url, "detail": more.get("detail") or "auto"}
        case {"type": "file", "file": dict() as file}:
            return {"type": "input_file", **file}
        case _:
            raise ClientError("This model does not take sound.")


def _encode_tools(request: ChatRequest, names: ToolNames, body: JsonObject) -> None:
    choice = request.tool_choice
    offered = [tool for tool in request.tools if not choice or not choice.names or tool.name in choice.names]
    if not offered:
        return
    long_texts: dict[str, str] = {}
    body["tools"] = [_encode_tool(tool, names, long_texts) for tool in offered]
    if choice:
        body["tool_choice"] = _encode_choice(choice, names)
    if request.parallel_tool_calls is not None:
        body["parallel_tool_calls"] = request.parallel_tool_calls
    body["input"] = explain_tools(body["input"], long_texts)


def _encode_tool(tool: ToolDefinition, names: ToolNames, long_texts: dict[str, str]) -> JsonObject:
    """Not strict unless asked: this wire's own default would make every optional parameter a must."""
    name = names.fit(tool.name)
    built, long_text = build_tool(name, tool.description, fit_schema(tool.parameters), tool.strict or False)
    if long_text:
        long_texts[name] = long_text
    return {"type": "function", **built["function"]}


def _encode_choice(choice: ToolChoice, names: ToolNames) -> str | JsonObject:
    if choice.mode == "one" and choice.name is not None:
        return {"type": "function", "name": names.fit(choice.name)}
    return "required" if choice.mode == "one" else choice.mode


def _encode_format(wanted: ResponseFormat, names: ToolNames) -> JsonObject:
    if wanted.kind == "json_object" or wanted.schema is None:
        return {"type": "json_object"}
    encoded: JsonObject = {"type": "json_schema", "name": names.fit(wanted.name), "schema": wanted.schema}
    if wanted.description:
        encoded["description"] = wanted.description
    return {**encoded, "strict": wanted.strict or False}


def _encode_sampling(request: ChatRequest, body: JsonObject, notes: list[Diagnostic]) -> None:
    sampling = request.sampling
    values = {
        "max_output_tokens": sampling.max_output_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    body.update({key: value for key, value in values.items() if value is not None})
    missing = [key for key in _NO_COUNTERPART if getattr(sampling, key) not in (None, ())]
    notes += [Diagnostic(key, "the Responses API does not know it") for key in missing]
