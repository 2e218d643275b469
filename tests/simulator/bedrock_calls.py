"""Calls to the simulated Bedrock for tests: bodies, deployments, and readers of its streams."""

import ast
import json
import struct
import zlib
from collections.abc import Iterator, MutableMapping
from typing import Any

from proxy_core.simulator.bedrock import converse as bedrock_converse
from proxy_core.simulator.bedrock import invoke as bedrock_invoke
from proxy_core.simulator.exchange import Answer, Call, SimDeployment, Stream

SONNET_45 = "anthropic--claude-4.5-sonnet"
SONNET_46 = "anthropic--claude-4.6-sonnet"
OPUS_48 = "anthropic--claude-4.8-opus"
NOVA = "amazon--nova-pro"
TOOL = {
    "name": "weather",
    "description": "Weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def call(
    body: Any,
    path: str,
    model: str = SONNET_45,
    *,
    accept: str = "",
    memory: MutableMapping[str, int] | None = None,
) -> Call:
    deployment = SimDeployment("d1", "tenant", "default", model, "aws-bedrock")
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"accept": accept} if accept else {}
    return Call(deployment, "POST", path, {}, headers, raw, {} if memory is None else memory)


def claude(**changes: Any) -> dict[str, Any]:
    """A good body with changes; a change to None takes the key away."""
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 4000,
        "messages": [{"role": "user", "content": "Hello"}],
        **changes,
    }
    return {key: value for key, value in body.items() if value is not None}


def invoke(body: Any, model: str = SONNET_45, **options: Any) -> Answer:
    answer = bedrock_invoke.handle(call(body, "/invoke", model, **options))
    assert isinstance(answer, Answer)
    return answer


def invoked(body: Any, model: str = SONNET_45, **options: Any) -> dict[str, Any]:
    answer = invoke(body, model, **options)
    assert answer.status == 200, answer.body
    parsed: dict[str, Any] = json.loads(answer.body)
    return parsed


def refusal(body: Any, model: str = SONNET_45) -> str:
    answer = invoke(body, model)
    assert answer.status == 400, answer.body
    assert answer.headers["x-amzn-errortype"].startswith("ValidationException:")
    return str(json.loads(answer.body)["message"])


def invoked_stream(body: Any, model: str = SONNET_45, **options: Any) -> Stream:
    stream = bedrock_invoke.handle(call(body, "/invoke-with-response-stream", model, **options))
    assert isinstance(stream, Stream), stream
    return stream


def converse(body: Any, model: str = NOVA) -> Answer:
    answer = bedrock_converse.handle(call(body, "/converse", model))
    assert isinstance(answer, Answer)
    return answer


def conversed_stream(body: Any, model: str = NOVA, **options: Any) -> Stream:
    stream = bedrock_converse.handle(call(body, "/converse-stream", model, **options))
    assert isinstance(stream, Stream), stream
    return stream


def sse_events(stream: Stream) -> list[Any]:
    """Events of JSON `data:` frames."""
    return [json.loads(_payload(frame)) for frame in stream.frames]


def repr_events(stream: Stream) -> list[Any]:
    """Events of frames that hold a Python dict's repr."""
    return [ast.literal_eval(_payload(frame).decode()) for frame in stream.frames]


def _payload(frame: bytes) -> bytes:
    assert frame.startswith(b"data: ")
    assert frame.endswith(b"\n\n")
    return frame[6:-2]


def binary_messages(data: bytes) -> Iterator[tuple[dict[str, str], Any]]:
    """Headers and JSON payload of each message, both checksums verified."""
    while data:
        total, head_length, prelude_crc = struct.unpack(">III", data[:12])
        assert prelude_crc == zlib.crc32(data[:8])
        assert struct.unpack(">I", data[total - 4 : total])[0] == zlib.crc32(data[: total - 4])
        yield _headers(data[12 : 12 + head_length]), json.loads(data[12 + head_length : total - 4])
        data = data[total:]


def _headers(data: bytes) -> dict[str, str]:
    found = {}
    while data:
        name, data = data[1 : 1 + data[0]].decode(), data[1 + data[0] :]
        kind, length = struct.unpack(">BH", data[:3])
        assert kind == 7
        found[name], data = data[3 : 3 + length].decode(), data[3 + length :]
    return found
