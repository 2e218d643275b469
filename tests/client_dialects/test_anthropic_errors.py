"""Errors as Anthropic clients read them."""

import json

import pytest

from proxy_core.client_dialects.anthropic_messages import AnthropicMessages
from proxy_core.errors import ClientError, ErrorKind, ProxyError
from proxy_core.wire.anthropic import ERROR_TYPES

DIALECT = AnthropicMessages()


def message_of(kind: ErrorKind, message: str) -> str:
    body = DIALECT.encode_error(ProxyError(message, status=400, kind=kind), "req_1")
    text: str = body["error"]["message"]
    return text


def test_error_body() -> None:
    error = ClientError("messages: this field is required.", param="messages")

    assert DIALECT.encode_error(error, "req_1") == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "messages: this field is required."},
        "request_id": "req_1",
    }


@pytest.mark.parametrize("kind", ErrorKind)
def test_every_kind_has_a_type(kind: ErrorKind) -> None:
    assert ERROR_TYPES[kind].endswith(("_error", "_too_large"))


@pytest.mark.parametrize(
    ("upstream", "begin"),
    [
        ("Input is too long for requested model.", "prompt is too long: "),
        (
            "This model's maximum context length is 128000 tokens. Your messages resulted in 130,001 tokens.",
            "prompt is too long: 130001 tokens > 128000 maximum. ",
        ),
        (
            "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
            "prompt is too long: 1100000 tokens > 1048576 maximum. ",
        ),
    ],
)
def test_context_overflow_is_said_as_claude_code_expects(upstream: str, begin: str) -> None:
    assert message_of(ErrorKind.CONTEXT_LENGTH, upstream) == begin + upstream


def test_context_overflow_in_claudes_own_words_stays_as_it_is() -> None:
    words = "prompt is too long: 208310 tokens > 200000 maximum"

    assert message_of(ErrorKind.CONTEXT_LENGTH, words) == words


def test_other_messages_stay_as_they_are() -> None:
    assert message_of(ErrorKind.INVALID_REQUEST, "max_tokens: 9 > 8") == "max_tokens: 9 > 8"


def test_error_frame_has_the_body_and_the_event_name() -> None:
    name, data, *rest = DIALECT.error_frame(ClientError("no"), "req_1").split(b"\n")

    assert (name, rest) == (b"event: error", [b"", b""])
    assert json.loads(data.removeprefix(b"data: ")) == DIALECT.encode_error(ClientError("no"), "req_1")
