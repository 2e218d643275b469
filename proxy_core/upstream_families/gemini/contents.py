"""Neutral messages to Gemini's `contents` and `systemInstruction`.

Gemini wants turns that alternate and begin and end with the user, and all results of a turn's calls
together, in the order of the calls, at the head of the next user turn.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, takewhile
from typing import assert_never

from proxy_core.capabilities import Capabilities
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonError, JsonObject, load_json
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.messages import (
    FilePart,
    Message,
    Part,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from proxy_core.upstream_families.base import FetchFile
from proxy_core.upstream_families.gemini.files import encode_file
from proxy_core.upstream_families.gemini.tools import wire_name
from proxy_core.wire.gemini import SIGNATURE_PLACEHOLDER, Content, Wire

__all__ = ["ContentEncoder"]

_GO_ON = "Continue."
_NO_RESULT = "The tool gave no result."
_ATTACHED = "See the attachment."


@dataclass(slots=True)
class _Turn:
    role: str
    parts: list[Part] = field(default_factory=list)

    @property
    def is_question(self) -> bool:
        """A user turn that answers no tool call: thinking begins anew after it."""
        return self.role == "user" and not any(isinstance(part, ToolResultPart) for part in self.parts)


class ContentEncoder:
    """Encodes one request's messages; notes what it had to leave out or change."""

    def __init__(self, capabilities: Capabilities, fetch: FetchFile, notes: list[Diagnostic]) -> None:
        self._capabilities = capabilities
        self._fetch = fetch
        self._notes = notes

    def encode_system(self, messages: Sequence[Message], instruction: str) -> Wire | None:
        """The leading system messages and `instruction`, joined by blank lines."""
        leading = takewhile(lambda message: message.role == "system", messages)
        texts = [text for message in leading if (text := _system_text(message))]
        if instruction:
            texts.append(instruction)
        return {"parts": [{"text": "\n\n".join(texts)}]} if texts else None

    def encode(self, messages: Sequence[Message]) -> list[Content]:
        """All other messages, merged into turns. Raises `ClientError` for a result without its call."""
        turns = list(_turns(dropwhile(lambda message: message.role == "system", messages)))
        if not turns or turns[0].role == "assistant":
            turns.insert(0, _Turn("user", [TextPart(_GO_ON)]))
        if turns[-1].role == "assistant":
            self._notes.append(Diagnostic("messages", "the conversation must end with the user", Action.CHANGED))
            turns.append(_Turn("user"))
        current = max(index for index, turn in enumerate(turns) if turn.is_question or index == 0)
        contents: list[Content] = []
        calls: list[ToolCallPart] = []
        for index, turn in enumerate(turns):
            if turn.role == "assistant":
                contents.append({"role": "model", "parts": self._model_parts(turn.parts, index > current)})
                calls = [part for part in turn.parts if isinstance(part, ToolCallPart)]
            else:
                contents.append({"role": "user", "parts": self._user_parts(turn.parts, calls)})
                calls = []
        return contents

    def _model_parts(self, parts: Sequence[Part], current: bool) -> list[Wire]:
        encoded = [wire for part in parts if (wire := self._model_part(part)) is not None]
        if current and self._capabilities.thinking == "level":
            _vouch(encoded)
        return encoded or [{"text": _GO_ON}]

    def _model_part(self, part: Part) -> Wire | None:
        match part:
            case TextPart():
                signed = self._signed({"text": part.text}, part.signature)
                return signed if part.text or len(signed) > 1 else None
            case ReasoningPart():
                signed = self._signed({"text": ""}, part.signature)
                return signed if len(signed) > 1 else None
            case ToolCallPart():
                call = {"name": wire_name(part.name), "args": self._arguments(part.arguments)}
                return self._signed({"functionCall": call}, part.signature)
            case FilePart():
                return encode_file(part, self._fetch)
            case ToolResultPart():
                raise ClientError("A tool result must stand in a user message.", param="messages")
            case _:
                assert_never(part)

    def _signed(self, wire: Wire, signature: Signature | None) -> Wire:
        if signature is None:
            return wire
        if signature.origin == "gemini":
            return {**wire, "thoughtSignature": signature.value}
        note = Diagnostic("messages[].thinking", "Gemini takes no thoughts of other vendors' models")
        if note not in self._notes:
            self._notes.append(note)
        return wire

    def _arguments(self, text: str) -> JsonObject:
        """Gemini wants an object. Broken JSON is kept as text inside one."""
        try:
            value = load_json(text) if text.strip() else {}
        except JsonError:
            value = text
        if isinstance(value, dict):
            return value
        self._notes.append(Diagnostic("messages[].tool_calls[].arguments", "not a JSON object", Action.CHANGED))
        return {"_raw": value}

    def _user_parts(self, parts: Sequence[Part], calls: Sequence[ToolCallPart]) -> list[Wire]:
        results = [part for part in parts if isinstance(part, ToolResultPart)]
        responses: list[Wire] = []
        attached: list[Wire] = []
        for call in calls:
            response, files = self._response(call, _taken(results, call.id))
            responses.append(response)
            attached += files
        if results:
            raise ClientError(
                f"The tool result for call {results[0].call_id!r} does not follow the message that holds the call.",
                param="messages",
            )
        others = [wire for part in parts if (wire := self._user_part(part)) is not None]
        return [*responses, *attached, *others] or [{"text": _GO_ON}]

    def _user_part(self, part: Part) -> Wire | None:
        match part:
            case TextPart():
                return {"text": part.text} if part.text else None
            case FilePart():
                return encode_file(part, self._fetch)
            case ToolResultPart() | ReasoningPart():
                return None
            case ToolCallPart():
                raise ClientError("A tool call must stand in an assistant message.", param="messages")
            case _:
                assert_never(part)

    def _response(self, call: ToolCallPart, result: ToolResultPart | None) -> tuple[Wire, list[Wire]]:
        """A `functionResponse` and the parts that must follow beside it: its files, before Gemini 3."""
        response: Wire = {"name": wire_name(call.name)}
        if result is None:
            self._notes.append(Diagnostic("messages", "a tool call had no result", Action.CHANGED))
            return {"functionResponse": {**response, "response": {"error": _NO_RESULT}}}, []
        text = "\n".join(part.text for part in result.content if isinstance(part, TextPart))
        files = [encode_file(part, self._fetch) for part in result.content if isinstance(part, FilePart)]
        response["response"] = {"error" if result.is_error else "result": text or (_ATTACHED if files else "")}
        if files and self._capabilities.images_in_tool_results:
            response["parts"] = files
            return {"functionResponse": response}, []
        heading = [{"text": f"Attachments of the result of {call.name}:"}] if files else []
        return {"functionResponse": response}, [*heading, *files]


def _turns(messages: Iterable[Message]) -> Iterator[_Turn]:
    """Neighbours of one role as one turn; a late system message speaks in a user turn."""
    turn: _Turn | None = None
    for message in messages:
        role = "assistant" if message.role == "assistant" else "user"
        if turn is None or turn.role != role:
            if turn is not None:
                yield turn
            turn = _Turn(role)
        turn.parts += _reminder(message) if message.role == "system" else message.parts
    if turn is not None:
        yield turn


def _reminder(message: Message) -> list[Part]:
    text = _system_text(message)
    return [TextPart(f"<system-reminder>\n{text}\n</system-reminder>")] if text else []


def _system_text(message: Message) -> str:
    texts: list[str] = []
    for part in message.parts:
        if not isinstance(part, TextPart):
            raise ClientError("A system message can hold text only.", param="messages")
        texts.append(part.text)
    return "\n\n".join(text for text in texts if text)


def _taken(results: list[ToolResultPart], call_id: str) -> ToolResultPart | None:
    for index, result in enumerate(results):
        if result.call_id == call_id:
            return results.pop(index)
    return None


def _vouch(parts: list[Wire]) -> None:
    """Gemini 3 refuses a turn under way whose first call is unsigned; a call of another model has no signature."""
    first = next((part for part in parts if "functionCall" in part), None)
    if first is not None:
        first.setdefault("thoughtSignature", SIGNATURE_PLACEHOLDER)
