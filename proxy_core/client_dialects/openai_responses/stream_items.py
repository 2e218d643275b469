"""Items of a streamed answer while they are open, one class per item type.

Each gives the events that open it, the bytes around the JSON text of a delta, and the events that close it. Numbers
of events and of items are the encoder's matter.
"""

from dataclasses import replace
from typing import assert_never

from proxy_core.client_dialects.openai_responses.encode_items import (
    AnswerPart,
    Origins,
    build_call_item,
    build_message_item,
    build_part,
    build_thought_item,
    encode_part,
    file_text,
    item_id,
)
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import FilePart, ReasoningPart, Signature, TextPart, ToolCallPart
from proxy_core.wire.openai.responses_reasoning import reasoning_item_id

__all__ = ["OpenItem", "OpenMessage", "WholeItem", "open_item"]

Told = tuple[str, JsonObject]
"""The type of an event and its own fields."""


class OpenItem:
    """An item that is whole from the start: no deltas. The others are made of it."""

    delta = ""
    after = b""
    """What follows the text within a delta event."""

    def __init__(self, identity: str, index: int, text: str = "") -> None:
        self.identity = identity
        self.index = index
        self.text = text
        self.pieces: list[str] = []
        self.head = b""
        self.middle = b""
        self.tail = b""
        self._part_is_open = False

    def place(self) -> JsonObject:
        """Where a delta belongs."""
        return {"item_id": self.identity, "output_index": self.index}

    def opening(self) -> list[Told]:
        if self.delta:
            start = f'event: {self.delta}\ndata: {{"type":"{self.delta}","sequence_number":'
            self.head = start.encode()
            self.middle = b"," + dump_json(self.place())[1:-1] + b',"delta":'
            self.tail = self.after + b"}\n\n"
        return [("response.output_item.added", {"output_index": self.index, "item": self.begun()})]

    def before_text(self) -> list[Told]:
        """The events that stand before the first delta, once."""
        if self._part_is_open:
            return []
        self._part_is_open = True
        return self.part_opening()

    def part_opening(self) -> list[Told]:
        return []

    def closing(self) -> list[Told]:
        return []

    def begun(self) -> JsonObject:
        raise NotImplementedError

    def finished(self, status: str) -> JsonObject:
        raise NotImplementedError

    def signed_late(self, signature: Signature | None) -> None:
        """A proof that came at the end of the part."""

    def whole_text(self) -> str:
        return "".join(self.pieces)


class OpenMessage(OpenItem):
    delta = "response.output_text.delta"
    after = b',"logprobs":[]'

    def place(self) -> JsonObject:
        return {**super().place(), "content_index": 0}

    def begun(self) -> JsonObject:
        return {**build_message_item(self.identity, "", "in_progress"), "content": []}

    def part_opening(self) -> list[Told]:
        return [("response.content_part.added", {**self.place(), "part": build_part("")})]

    def closing(self) -> list[Told]:
        text = self.whole_text()
        return [
            *self.before_text(),
            ("response.output_text.done", {**self.place(), "text": text, "logprobs": []}),
            ("response.content_part.done", {**self.place(), "part": build_part(text)}),
        ]

    def finished(self, status: str) -> JsonObject:
        return build_message_item(self.identity, self.whole_text(), status)


class OpenThought(OpenItem):
    delta = "response.reasoning_summary_text.delta"

    def __init__(self, identity: str, index: int, part: ReasoningPart) -> None:
        super().__init__(identity, index, part.text)
        self._part = part

    def place(self) -> JsonObject:
        return {**super().place(), "summary_index": 0}

    def begun(self) -> JsonObject:
        return {"id": self.identity, "type": "reasoning", "summary": []}

    def part_opening(self) -> list[Told]:
        part = {"type": "summary_text", "text": ""}
        return [("response.reasoning_summary_part.added", {**self.place(), "part": part})]

    def closing(self) -> list[Told]:
        text = self.whole_text()
        if not text:
            return []
        part = {"type": "summary_text", "text": text}
        return [
            ("response.reasoning_summary_text.done", {**self.place(), "text": text}),
            ("response.reasoning_summary_part.done", {**self.place(), "part": part}),
        ]

    def finished(self, status: str) -> JsonObject:  # noqa: ARG002 - a thought has no status of its own
        return build_thought_item(self.identity, replace(self._part, text=self.whole_text()))

    def signed_late(self, signature: Signature | None) -> None:
        if signature is not None:
            self._part = replace(self._part, signature=signature)


class OpenCall(OpenItem):
    delta = "response.function_call_arguments.delta"

    def __init__(self, identity: str, index: int, part: ToolCallPart, origins: Origins) -> None:
        super().__init__(identity, index, part.arguments)
        self._part = part
        self._origins = origins

    def begun(self) -> JsonObject:
        part = replace(self._part, arguments="")
        return {**build_call_item(self.identity, part, self._origins, "in_progress"), "arguments": ""}

    def closing(self) -> list[Told]:
        arguments = self.whole_text() or "{}"
        return [("response.function_call_arguments.done", {**self.place(), "arguments": arguments})]

    def finished(self, status: str) -> JsonObject:
        part = replace(self._part, arguments=self.whole_text())
        return build_call_item(self.identity, part, self._origins, status)


class OpenCustomCall(OpenCall):
    """The model writes JSON around the plain text that the client wants, so the text goes out in one piece."""

    delta = ""

    def begun(self) -> JsonObject:
        return {**self.finished("in_progress"), "input": ""}

    def closing(self) -> list[Told]:
        text = self.finished("completed")["input"]
        return [
            ("response.custom_tool_call_input.delta", {**self.place(), "delta": text}),
            ("response.custom_tool_call_input.done", {**self.place(), "input": text}),
        ]


class WholeItem(OpenItem):
    def __init__(self, item: JsonObject, index: int) -> None:
        super().__init__(item["id"], index)
        self._item = item

    def begun(self) -> JsonObject:
        return self._item

    def finished(self, status: str) -> JsonObject:  # noqa: ARG002 - it was complete before
        return self._item


def open_item(part: AnswerPart, index: int, origins: Origins) -> OpenItem:
    """The item of a part; `text` is what the part brings along at its start."""
    match part:
        case TextPart():
            return OpenMessage(item_id("message"), index, part.text)
        case ReasoningPart():
            return OpenThought(reasoning_item_id(part) or item_id("reasoning"), index, part)
        case ToolCallPart():
            origin = origins.get(part.name)
            if origin is not None and origin.custom:
                return OpenCustomCall(item_id("custom_tool_call"), index, part, origins)
            return OpenCall(item_id("function_call"), index, part, origins)
        case FilePart(kind="image", data=str()):
            return WholeItem(encode_part(part, origins)[0], index)
        case FilePart():
            return OpenMessage(item_id("message"), index, file_text(part))
        case _:
            assert_never(part)
