import json
from typing import Any

import pytest

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.upstream_families.upstream_errors import decode_error, decode_stream_error


def decode(status: int, body: Any, **headers: str) -> UpstreamError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decode_error(status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def stream(payload: Any) -> UpstreamError:
    error = decode_stream_error(payload)
    assert error is not None
    return error


BLOCKED = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
LONG = "The input token count (1250074) exceeds the maximum number of tokens allowed (1048576)."
FILTERED = {
    "error": {
        "message": BLOCKED,
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}},
    }
}
ORCHESTRATION_LIST = {
    "error": [
        {
            "request_id": "a",
            "code": 400,
            "message": "400 - Request Body: Model x not supported.",
            "location": "Request Body",
        },
        {
            "request_id": "b",
            "code": 429,
            "message": "429 - Too many requests.",
            "location": "LLM",
            "headers": {"Content-Type": "application/json", "x-retry-after": "30"},
        },
    ]
}
CASES: list[tuple[str, int, Any, int, ErrorKind, str]] = [
    ("envoy text", 403, b"RBAC: access denied", 403, ErrorKind.PERMISSION, "RBAC: access denied"),
    ("deployment gone", 410, b"no such deployment", 404, ErrorKind.MODEL_NOT_FOUND, "no such deployment"),
    ("token", 401, b"Jwt is expired\n", 401, ErrorKind.UPSTREAM_AUTHENTICATION, "Jwt is expired"),
    (
        "gateway",
        503,
        b"upstream connect error or disconnect/reset before headers. reset reason: x",
        503,
        ErrorKind.OVERLOADED,
        "upstream connect error or disconnect/reset before headers. reset reason: x",
    ),
    (
        "xsuaa",
        401,
        {"error": "unauthorized", "error_description": "Bad credentials"},
        401,
        ErrorKind.UPSTREAM_AUTHENTICATION,
        "Bad credentials",
    ),
    (
        "lm",
        404,
        {"error": {"code": "01020404", "message": "No such thing", "requestId": "r", "target": "/x"}},
        404,
        ErrorKind.MODEL_NOT_FOUND,
        "No such thing",
    ),
    (
        "azure",
        400,
        {
            "error": {
                "code": "unknown_parameter",
                "message": "Unknown parameter: 'reasoning'.",
                "param": "reasoning",
            }
        },
        400,
        ErrorKind.INVALID_REQUEST,
        "Unknown parameter: 'reasoning'.",
    ),
    ("azure filter", 400, FILTERED, 400, ErrorKind.CONTENT_FILTER, BLOCKED),
    (
        "azure context",
        400,
        {"error": {"code": "context_length_exceeded", "message": "Too much.", "param": "messages"}},
        400,
        ErrorKind.CONTEXT_LENGTH,
        "Too much.",
    ),
    (
        "bedrock context",
        400,
        {"message": "prompt is too long: 208310 tokens > 200000 maximum"},
        400,
        ErrorKind.CONTEXT_LENGTH,
        "prompt is too long: 208310 tokens > 200000 maximum",
    ),
    (
        "bedrock maximum of output",
        400,
        {"message": "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens"},
        400,
        ErrorKind.INVALID_REQUEST,
        "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens",
    ),
    (
        "vertex context",
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": LONG,
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
        400,
        ErrorKind.CONTEXT_LENGTH,
        LONG,
    ),
    (
        "vertex busy",
        503,
        {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}},
        503,
        ErrorKind.OVERLOADED,
        "The model is overloaded.",
    ),
    (
        "vllm",
        400,
        {"object": "error", "message": "Bad.", "type": "BadRequestError", "param": None, "code": 400},
        400,
        ErrorKind.INVALID_REQUEST,
        "Bad.",
    ),
    (
        "fastapi",
        422,
        {"detail": [{"loc": ["body"], "msg": "field required"}]},
        400,
        ErrorKind.INVALID_REQUEST,
        "field required",
    ),
    (
        "orchestration filter",
        400,
        {
            "error": {
                "code": 400,
                "message": "400 - Filtering Module - Input Filter: Prompt filtered due to safety violations.",
                "location": "Filtering Module - Input Filter",
            }
        },
        400,
        ErrorKind.CONTENT_FILTER,
        "400 - Filtering Module - Input Filter: Prompt filtered due to safety violations.",
    ),
    ("orchestration list", 429, ORCHESTRATION_LIST, 429, ErrorKind.RATE_LIMIT, "429 - Too many requests."),
    ("registry", 413, {"request_id": "q", "message": "Result set"}, 413, ErrorKind.TOO_LARGE, "Result set"),
    ("model error", 424, {"message": "failed"}, 502, ErrorKind.SERVER, "failed"),
    ("timeout", 408, {"message": "slow"}, 504, ErrorKind.TIMEOUT, "slow"),
    ("throttled as 500", 500, b"TooManyRequest", 429, ErrorKind.RATE_LIMIT, "TooManyRequest"),
    ("rare 4xx", 415, {"message": "type"}, 415, ErrorKind.INVALID_REQUEST, "type"),
    ("rare 5xx", 599, {"message": "?"}, 502, ErrorKind.SERVER, "?"),
]


@pytest.mark.parametrize(
    ("status", "body", "answer", "kind", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_every_shape_is_read(status: int, body: Any, answer: int, kind: ErrorKind, message: str) -> None:
    error = decode(status, body)

    assert (error.status, error.kind, error.message) == (answer, kind, message)
    assert error.upstream_status == status


@pytest.mark.parametrize("body", [b"", b"{}", b" \n", b"<html>Bad gateway</html>", b"[]", b"null"])
def test_a_body_that_says_nothing_gets_words_of_ours(body: bytes) -> None:
    assert decode(404, body).message == "SAP AI Core answered with status 404 and gave no reason."


def test_the_bedrock_type_header_is_a_name() -> None:
    error = decode(400, {"message": "slow down"}, x_amzn_errortype="ThrottlingException:http://internal/")

    assert (error.status, error.kind, error.code) == (429, ErrorKind.RATE_LIMIT, "ThrottlingException")


def test_code_and_param_are_the_upstreams() -> None:
    error = decode(400, {"error": {"code": "unknown_parameter", "message": "m", "param": "reasoning"}})

    assert (error.code, error.param) == ("unknown_parameter", "reasoning")


def test_a_bare_number_is_no_code() -> None:
    assert decode(429, {"error": {"code": "429", "message": "exceeded token rate limit"}}).code is None


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry_after": "7"}, "m", 7.0),
        ({"x_retry_after": "30"}, "m", 30.0),
        ({"retry_after_ms": "1500"}, "m", 1.5),
        ({"retry_after": "Tue, 24 Nov 2026 10:00:20 GMT", "date": "Tue, 24 Nov 2026 10:00:00 GMT"}, "m", 20.0),
        ({"retry_after": "soon"}, "m", None),
        ({}, "You exceeded token rate limit. Please retry after 26 seconds.", 26.0),
        ({}, "Please try again in 1.2s.", 1.2),
        ({}, "try again in 800ms", 0.8),
        ({"retry_after": "7"}, "Please retry after 26 seconds.", 7.0),
        ({}, "no word of it", None),
    ],
)
def test_the_wait_is_found(headers: dict[str, str], message: str, seconds: float | None) -> None:
    assert decode(429, {"error": {"code": "429", "message": message}}, **headers).retry_after == seconds


def test_the_wait_of_the_last_fallback_is_found() -> None:
    error = decode(429, ORCHESTRATION_LIST)

    assert (error.retry_after, error.request_id) == (30.0, "b")


def test_the_retry_delay_of_google_is_found() -> None:
    body = {
        "error": {"code": 429, "message": "m", "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "26s"}]}
    }

    assert decode(429, body).retry_after == 26.0


def test_the_request_id_of_the_header_wins() -> None:
    error = decode(400, {"error": {"message": "m", "requestId": "body"}}, x_request_id="header")

    assert error.request_id == "header"


def test_a_refused_value_that_is_repeated_in_full_is_cut_off() -> None:
    """Google does so, and the value may be a prompt of many megabytes."""
    error = decode(400, {"error": {"code": 400, "message": "Invalid value: " + "x" * 1_000_000}})

    assert error.message.startswith("Invalid value: xxx")
    assert len(error.message) == 20_000


def test_an_echoed_prompt_is_not_shown() -> None:
    body = {"error": {"code": 400, "intermediate_results": {"templating": [{"content": "secret"}]}}}

    assert "secret" not in decode(400, body).message


@pytest.mark.parametrize(
    ("payload", "status", "kind", "message"),
    [
        (
            {"error": {"code": "429", "message": "exceeded token rate limit"}},
            429,
            ErrorKind.RATE_LIMIT,
            "exceeded token rate limit",
        ),
        (
            {
                "type": "error",
                "error": {"type": "too_many_requests", "code": "too_many_requests", "message": "slow"},
            },
            429,
            ErrorKind.RATE_LIMIT,
            "slow",
        ),
        (
            {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "broken"}}},
            500,
            ErrorKind.SERVER,
            "broken",
        ),
        (
            {"type": "error", "code": "server_error", "message": "broken", "param": None},
            500,
            ErrorKind.SERVER,
            "broken",
        ),
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            503,
            ErrorKind.OVERLOADED,
            "Overloaded",
        ),
        (
            {"type": "error", "message": "ThrottlingException: Rate exceeded"},
            429,
            ErrorKind.RATE_LIMIT,
            "ThrottlingException: Rate exceeded",
        ),
        ([{"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}], 503, ErrorKind.OVERLOADED, "busy"),
        (
            {
                "error": {
                    "request_id": "r",
                    "message": "400 - LLM Module: Model gpt-5 not found.",
                    "location": "LLM Module",
                }
            },
            400,
            ErrorKind.INVALID_REQUEST,
            "400 - LLM Module: Model gpt-5 not found.",
        ),
        ({"error": "boom"}, 500, ErrorKind.SERVER, "boom"),
    ],
)
def test_errors_inside_a_stream_are_read(payload: Any, status: int, kind: ErrorKind, message: str) -> None:
    error = stream(payload)

    assert (error.status, error.kind, error.message) == (status, kind, message)


@pytest.mark.parametrize(
    "payload",
    [
        {"choices": [], "error": None},
        {"type": "response.failed", "response": {"error": None}},
        {"type": "message_start", "message": {}},
        {"candidates": []},
        [],
    ],
)
def test_frames_without_an_error_give_none(payload: Any) -> None:
    assert decode_stream_error(payload) is None
