"""Bad requests to a running proxy: one clear JSON error in the caller's dialect, and the process goes on."""

import contextlib
import gzip
import json
import re
import resource
import select
import socket
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.stand import KEY, Answer, Stand
from tests.end_to_end.test_conversations import png

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"
FAMILIES = ("gpt-5", "anthropic--claude-4.6-opus", "gemini-2.5-pro")
HELLO: dict[str, Any] = {"model": "gpt-5", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
MEBIBYTE = 1024 * 1024
every_dialect = pytest.mark.parametrize("path", [CHAT, MESSAGES])
every_family = pytest.mark.parametrize("model", FAMILIES)


@pytest.fixture(autouse=True)
def _goes_on(stand: Stand) -> Iterator[None]:
    """Whatever was sent, the next request is answered."""
    yield
    assert stand.request("POST", CHAT, HELLO).status == 200


def error_of(answer: Answer, path: str, status: int = 400) -> dict[str, Any]:
    """The error, in the dialect's own shape."""
    assert answer.status == status, answer.body[:300]
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    if path == MESSAGES:
        assert body["type"] == "error"
        assert body["request_id"] == answer.headers["request-id"]
    error: dict[str, Any] = body["error"]
    assert error["message"]
    assert error["type"]
    return error


@every_dialect
@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "(line 1, column 1)"),
        (b'{"model": "gpt-5",\n "messages": [}', "(line 2, column 15)"),
        (b'{"model": "gpt-5"} x', "(line 1, column 20)"),
        (b'{"temperature": NaN}', "NaN is not a JSON value"),
        (b'{"model": "\xff"}', "not UTF-8 (byte 11)"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    ],
    ids=["empty", "bracket", "rest", "nan", "bytes", "lists", "objects"],
)
def test_bad_json_is_told_with_its_place(stand: Stand, path: str, body: bytes, told: str) -> None:
    error = error_of(stand.request("POST", path, body), path)

    assert error["message"].startswith("The request body is not valid JSON: ")
    assert told in error["message"]


@every_dialect
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"1", b"true"])
def test_a_body_must_be_an_object(stand: Stand, path: str, body: bytes) -> None:
    error = error_of(stand.request("POST", path, body), path)

    assert error["message"] == "The request body must be a JSON object."


@every_dialect
@pytest.mark.parametrize("model", [None, 1, "", " ", [], {}])
def test_a_model_must_be_named(stand: Stand, path: str, model: Any) -> None:
    error = error_of(stand.request("POST", path, {**HELLO, "model": model}), path)

    assert error["message"] == "`model` must name a model: GET /v1/models lists them."


@every_dialect
def test_an_unknown_model_is_told_with_the_nearest_names(stand: Stand, path: str) -> None:
    near = error_of(stand.request("POST", path, {**HELLO, "model": "gtp-4o"}), path, 404)
    far = error_of(stand.request("POST", path, {**HELLO, "model": "x" * 100_000}), path, 404)

    assert "The model 'gtp-4o' does not exist here. Did you mean 'gpt-4o'" in near["message"]
    assert "There are 'gpt-5', " in far["message"]
    assert len(far["message"]) < 400
    assert near["type"] == ("not_found_error" if path == MESSAGES else "invalid_request_error")
    assert near.get("code") == (None if path == MESSAGES else "model_not_found")


@every_dialect
def test_an_embedding_model_does_not_chat(stand: Stand, path: str) -> None:
    error = error_of(stand.request("POST", path, {**HELLO, "model": "text-embedding-3-small"}), path, 404)

    assert "makes embeddings; it does not chat" in error["message"]


# --- wrong types

PICTURE = f"data:image/png;base64,{png()}"
CHAT_BODY: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "s"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "hi"},
                {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}},
            ],
        },
        {
            "role": "assistant",
            "content": "ok",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "15"},
        {"role": "user", "content": "x"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {}}},
        }
    ],
    "tool_choice": {"type": "function", "function": {"name": "weather"}},
    "parallel_tool_calls": True,
    "max_completion_tokens": 3000,
    "temperature": 1,
    "top_p": 1,
    "stop": ["x"],
    "stream": False,
    "stream_options": {"include_usage": True},
    "reasoning_effort": "low",
    "response_format": {"type": "json_schema", "json_schema": {"name": "p", "schema": {"type": "object"}}},
    "n": 1,
    "seed": 1,
    "user": "u",
    "metadata": {},
}
MESSAGES_BODY: dict[str, Any] = {
    "max_tokens": 3000,
    "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "hi"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png()}},
            ],
        },
        {
            "role": "assistant",
            "content": [{"type": "text", "text": "ok"}, {"type": "tool_use", "id": "t", "name": "w", "input": {}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t", "content": "15", "is_error": False}],
        },
    ],
    "tools": [{"name": "w", "description": "d", "input_schema": {"type": "object", "properties": {}}}],
    "tool_choice": {"type": "auto", "disable_parallel_tool_use": False},
    "temperature": 1,
    "top_k": 5,
    "stop_sequences": ["x"],
    "stream": False,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "output_config": {"effort": "low"},
    "metadata": {"user_id": "u"},
    "context_management": {"edits": []},
}
ABSENT = object()
WRONG: tuple[Any, ...] = (ABSENT, None, -1, 10**30, "x", True, [], [1], {"a": 1}, "\ud800")
Place = tuple[str | int, ...]


def places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Every place within a body."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*before, key)
        yield from places(inner, (*before, key))


def changed(body: Any, place: Place, value: Any) -> Any:
    """A copy of the body with another value at one place, or with none."""
    key, *rest = place
    items = dict(body) if isinstance(body, dict) else dict(enumerate(body))
    if not rest and value is ABSENT:
        del items[key]
    else:
        items[key] = changed(items[key], tuple(rest), value) if rest else value
    return items if isinstance(body, dict) else list(items.values())


def written(place: Place) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in place).lstrip(".")


@every_family
@pytest.mark.parametrize(
    ("path", "template"), [(CHAT, CHAT_BODY), (MESSAGES, MESSAGES_BODY)], ids=["chat", "messages"]
)
def test_no_value_anywhere_breaks_the_proxy(stand: Stand, path: str, template: Any, model: str) -> None:
    body = {"model": model, **template}
    assert stand.request("POST", path, body).status == 200
    for place in places(template):
        for wrong in WRONG:
            answer = stand.request("POST", path, changed(body, place, wrong))
            assert answer.status in {200, 400}, f"{written(place)} = {wrong!r}: {answer.status} {answer.body!r}"


@every_family
@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("messages",), 7),
        (("messages", 1), "hello"),
        (("messages", 1, "role"), 7),
        (("messages", 1, "content"), 7),
        (("messages", 1, "content", 0, "text"), 7),
        (("messages", 1, "content", 1, "image_url"), 7),
        (("messages", 2, "tool_calls"), {"a": 1}),
        (("messages", 2, "tool_calls", 0, "function", "arguments"), 7),
        (("messages", 3, "tool_call_id"), 7),
        (("tools",), "weather"),
        (("tools", 0, "function", "name"), 7),
        (("tools", 0, "function", "parameters"), "x"),
        (("tool_choice",), 7),
        (("max_completion_tokens",), "many"),
        (("stop",), 7),
        (("stream",), "yes"),
        (("response_format",), "json"),
        (("reasoning_effort",), 7),
    ],
    ids=lambda value: written(value) if isinstance(value, tuple) else "",
)
def test_chat_names_the_place_of_a_wrong_type(stand: Stand, model: str, place: Place, wrong: Any) -> None:
    error = error_of(stand.request("POST", CHAT, changed({"model": model, **CHAT_BODY}, place, wrong)), CHAT)

    assert error["param"] == written(place)


@every_family
@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("max_tokens",), "many"),
        (("max_tokens",), ABSENT),
        (("system",), 7),
        (("system", 0), "s"),
        (("messages",), "hello"),
        (("messages", 0), "hello"),
        (("messages", 0, "role"), 7),
        (("messages", 0, "content"), 7),
        (("messages", 0, "content", 0, "text"), 7),
        (("messages", 0, "content", 1, "source"), 7),
        (("messages", 1, "content", 1, "name"), 7),
        (("messages", 2, "content", 0, "tool_use_id"), 7),
        (("messages", 2, "content", 0, "content"), 7),
        (("tools",), "w"),
        (("tools", 0, "name"), 7),
        (("tools", 0, "input_schema"), "x"),
        (("tool_choice",), "auto"),
        (("temperature",), "hot"),
        (("stop_sequences",), 7),
        (("stream",), "yes"),
        (("thinking",), "on"),
    ],
    ids=lambda value: written(value) if isinstance(value, tuple) else "",
)
def test_messages_names_the_place_of_a_wrong_type(stand: Stand, model: str, place: Place, wrong: Any) -> None:
    """In the proxy's spelling of a path, or in SAP's own words, which count with dots and name the kind too."""
    answer = stand.request("POST", MESSAGES, changed({"model": model, **MESSAGES_BODY}, place, wrong))
    told = error_of(answer, MESSAGES)["message"].partition(": ")[0].strip("`").split("` ")[0]

    plain = re.sub(r"\[(\d+)\]", r".\1", told)
    plain = plain.replace(".tool_use.", ".").replace(".tool_result.", ".").replace(".custom.", ".")
    assert plain == ".".join(map(str, place))


@every_family
@pytest.mark.parametrize("depth", [150, 450])
def test_a_deep_schema_is_answered_or_refused(stand: Stand, model: str, depth: int) -> None:
    schema = '{"type":"object","properties":{"a":' * depth + '{"type":"string"}' + "}}" * depth
    tool = f'{{"name": "f", "input_schema": {schema}}}'
    body = json.dumps({"model": model, "max_tokens": 9, "messages": HELLO["messages"], "tools": ["TOOL"]})

    assert stand.request("POST", MESSAGES, body.replace('"TOOL"', tool).encode()).status in {200, 400}


# --- bytes


def raw_call(stand: Stand, head: str, pieces: Iterable[bytes]) -> tuple[bytes, int]:
    """Send a head and then piece by piece, until the server answers. Returns its answer and how much it let in."""
    sent = 0
    with socket.create_connection(("127.0.0.1", stand.engine.port), timeout=20) as connection:
        connection.sendall(f"{head}\r\nHost: localhost\r\nx-api-key: {KEY}\r\n\r\n".encode())
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                if select.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(piece)
                sent += len(piece)
        answer = b""
        while data := connection.recv(65_536):
            answer += data
            if answer.endswith(b"}"):
                break
    return answer, sent


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield b"%x\r\n%b\r\n" % (len(piece), piece)


@every_dialect
def test_a_body_of_100_megabytes_is_refused_by_its_head(stand: Stand, path: str) -> None:
    before = resident()
    piece = b" " * MEBIBYTE
    answer, sent = raw_call(stand, f"POST {path} HTTP/1.1\r\nContent-Length: 100000000", [piece] * 95)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"The request body is larger than 67,108,864 bytes." in answer
    assert sent < 20 * MEBIBYTE
    assert resident() - before < 30 * MEBIBYTE


def test_a_chunked_body_without_end_is_refused_at_the_limit(stand: Stand) -> None:
    piece = b" " * MEBIBYTE
    head = f"POST {CHAT} HTTP/1.1\r\nTransfer-Encoding: chunked"
    answer, sent = raw_call(stand, head, chunked([piece] * 200))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert sent < 100 * MEBIBYTE


def test_a_chunked_body_is_read(stand: Stand) -> None:
    text = json.dumps(HELLO).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nTransfer-Encoding: chunked"
    answer, _ = raw_call(stand, head, [*chunked([text[:20], text[20:]]), b"0\r\n\r\n"])

    assert answer.startswith(b"HTTP/1.1 200 ")


@every_dialect
def test_a_compressed_body_is_read(stand: Stand, path: str) -> None:
    body = gzip.compress(json.dumps(HELLO).encode())

    assert stand.request("POST", path, body, {"Content-Encoding": "gzip"}).status == 200


@every_dialect
def test_a_gzip_bomb_is_refused_before_it_unfolds(stand: Stand, path: str) -> None:
    bomb = gzip_of_spaces(512)
    before = peak()
    error = error_of(stand.request("POST", path, bomb, {"Content-Encoding": "gzip"}), path, 413)

    assert error["message"].startswith("The request body is larger than 67,108,864 bytes.")
    assert error["type"] == ("request_too_large" if path == MESSAGES else "invalid_request_error")
    assert peak() - before < 150 * MEBIBYTE


def gzip_of_spaces(mebibytes: int) -> bytes:
    """Made piece by piece, so that this process never holds the whole."""
    packer = zlib.compressobj(1, wbits=16 + zlib.MAX_WBITS)
    return b"".join(packer.compress(b" " * MEBIBYTE) for _ in range(mebibytes)) + packer.flush()


def peak() -> int:
    """The most bytes that this process ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@every_dialect
@pytest.mark.parametrize(("encoding", "status"), [("gzip", 400), ("br", 415), ("deflate", 415)])
def test_a_body_that_cannot_be_unfolded_is_refused(stand: Stand, path: str, encoding: str, status: int) -> None:
    error = error_of(stand.request("POST", path, b"no gzip", {"Content-Encoding": encoding}), path, status)

    assert "gzip" in error["message"]


@pytest.mark.parametrize(
    "text",
    [
        b"nonsense\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"y" * 300_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
    ids=["nonsense", "length", "lengths", "both", "chunk", "header", "long", "tls"],
)
def test_what_is_no_http_is_refused(stand: Stand, text: bytes) -> None:
    with socket.create_connection(("127.0.0.1", stand.engine.port), timeout=10) as connection:
        connection.sendall(text)
        answer = connection.recv(65_536)

    assert answer[:12] in {b"HTTP/1.0 400", b"HTTP/1.1 400", b"HTTP/1.0 431", b"HTTP/1.1 431", b"HTTP/1.1 401"}
