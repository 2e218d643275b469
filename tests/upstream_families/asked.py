"""Families asked without sockets: a neutral request to a body, the simulated service's judgement and answer, and
the neutral answer that comes of it."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from proxy_core.capabilities import capabilities_of
from proxy_core.neutral.events import Event, PartDelta
from proxy_core.neutral.fold import fold
from proxy_core.neutral.messages import ChatRequest, ChatResponse, Message, Part, Role, TextPart, ToolDefinition
from proxy_core.simulator.exchange import Answer, Call, SimDeployment, Stream
from proxy_core.upstream_families.base import RemoteFile, StreamDecoder, Target, UpstreamFamily, UpstreamRequest
from tests.grammar import check_grammar

__all__ = ["CLOCK", "PNG", "SCHEMA", "WEATHER", "Upstream", "message", "request", "say"]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WEATHER = ToolDefinition(
    "weather",
    "Weather of a city",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
CLOCK = ToolDefinition("clock", "", {"type": "object", "properties": {}})
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}


def message(role: Role, *parts: Part) -> Message:
    return Message(role, parts)


def say(text: str) -> Message:
    return message("user", TextPart(text))


def request(*messages: Message, **fields: Any) -> ChatRequest:
    return ChatRequest(model="m", messages=messages or (say("hi"),), stream=False, **fields)


def fetch(url: str) -> RemoteFile:
    return RemoteFile("image/png", base64.b64decode(PNG))


@dataclass(frozen=True)
class Upstream:
    """A family in front of the handler of one simulated deployment."""

    family: UpstreamFamily
    handler: Callable[[Call], Answer | Stream]
    executable: str
    model: str

    @property
    def target(self) -> Target:
        return Target(self.model, "public", capabilities_of(self.model))

    def encode(self, asked: ChatRequest) -> UpstreamRequest:
        return self.family.encode_request(asked, self.target, fetch)

    def body(self, asked: ChatRequest) -> dict[str, Any]:
        """The body, which the simulated service has accepted."""
        sent = self.encode(asked)
        self.answered(sent)
        return sent.body

    def answered(self, sent: UpstreamRequest, accept: str | None = None) -> Answer | Stream:
        deployment = SimDeployment("d1", "tenant", "default", self.model, self.executable)
        path, _, query = sent.path.partition("?")
        assert not query
        headers = {**sent.headers, **({"accept": accept} if accept else {})}
        answer = self.handler(Call(deployment, "POST", path, {}, headers, json.dumps(sent.body).encode(), {}))
        assert not isinstance(answer, Answer) or answer.status == 200, answer.body
        return answer

    def whole(self, asked: ChatRequest) -> ChatResponse:
        sent = self.encode(asked)
        answer = self.answered(sent)
        assert isinstance(answer, Answer)
        return self.family.decode_response(answer.body, sent, self.target)

    def streamed_bytes(self, asked: ChatRequest, accept: str | None = None) -> tuple[bytes, str, UpstreamRequest]:
        """The stream, its content type, and what was sent."""
        sent = self.encode(replace(asked, stream=True))
        answer = self.answered(sent, accept)
        assert isinstance(answer, Stream)
        return b"".join(answer.frames), answer.content_type, sent

    def streamed(self, asked: ChatRequest, accept: str | None = None) -> ChatResponse:
        """The folded stream, which comes out the same however the bytes are cut."""
        data, content_type, sent = self.streamed_bytes(asked, accept)

        def decoder() -> StreamDecoder:
            return self.family.stream_decoder(content_type, sent, self.target)

        events = list(decode(decoder(), [data]))
        check_grammar(events)
        every_byte = [data[at : at + 1] for at in range(len(data))]
        assert joined(decode(decoder(), every_byte)) == joined(events)
        return fold(events)


def decode(decoder: StreamDecoder, pieces: list[bytes]) -> Iterator[Event]:
    for piece in pieces:
        yield from decoder.feed(piece)
    yield from decoder.close()


def joined(events: Iterator[Event] | list[Event]) -> list[Event]:
    """Neighbouring deltas as one."""
    found: list[Event] = []
    for event in events:
        if isinstance(event, PartDelta) and found and isinstance(last := found[-1], PartDelta):
            found[-1] = PartDelta(last.index, last.text + event.text)
        else:
            found.append(event)
    return found
