"""SAP refuses, fails or is away before the answer begins: another deployment answers, or a clear error does."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from proxy_core.settings.model import ModelFilters
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.asking import EVERY_WAY, Way, every_way, streamed_ways
from tests.end_to_end.stand import Stand, running_stand

FORMS = ("azure", "bedrock", "vertex", "vertex_list", "vllm", "too_many", "text", "empty", "empty_object")
LIMITS = (
    Fault("status", status=429, retry_after="7"),
    Fault("status", status=429, text="TooManyRequests", retry_after="7"),
    *(Fault("status", status=429, body=form, retry_after="7") for form in FORMS),
    Fault("status", status=429, body="orchestration_list"),
)
PASSING = {
    "429": Fault("status", status=429),
    "429 with retry-after": Fault("status", status=429, retry_after="3"),
    "429 empty": Fault("status", status=429, body="empty"),
    "500": Fault("status", status=500),
    "503 text": Fault("status", status=503, body="text"),
    "504 html": Fault("status", status=504, body="html"),
    "404": Fault("status", status=404, body="text"),
    "403": Fault("status", status=403, body="text"),
    "throttled in the stream": Fault("throttle"),
    "empty stream": Fault("end"),
    "cut before content": Fault("drop"),
}
ONLY_STREAMED = {"throttled in the stream", "empty stream", "cut before content"}


def once(fault: Fault) -> Fault:
    return replace(fault, times=1)


def calls(stand: Stand) -> list[str]:
    """The deployments that were called, in order."""
    return [seen.deployment for seen in stand.world.requests.inference()]


@pytest.mark.parametrize(
    ("way", "name"),
    [(way, name) for way in EVERY_WAY for name in PASSING if way.stream or name not in ONLY_STREAMED],
    ids=lambda value: str(value).replace(" ", "-"),
)
def test_another_deployment_answers(stand: Stand, way: Way, name: str) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, once(PASSING[name]))

    heard = way.ask(stand, "[[sim: say hello there]]")

    assert (heard.status, heard.text, heard.error) == (200, "hello there", None)
    assert len(calls(stand)) == 2
    assert set(calls(stand)) == set(stand.deployments(way.model))


@every_way
def test_another_deployment_answers_when_one_resets_every_connection(stand: Stand, way: Way) -> None:
    sick, healthy = stand.deployments(way.model)[:2]
    stand.world.faults.set(sick, Fault("reset"))

    heard = [way.ask(stand, "[[sim: say hello there]]") for _ in range(2)]  # whose turn it is first changes

    assert [(one.status, one.text) for one in heard] == [(200, "hello there")] * 2
    assert sick in calls(stand)
    assert calls(stand).count(healthy) == 2


@every_way
@pytest.mark.parametrize("fault", LIMITS, ids=lambda fault: fault.text or fault.body)
def test_a_limit_of_every_deployment_is_a_429_that_says_when_to_come_again(
    stand: Stand, way: Way, fault: Fault
) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, fault)

    heard = way.ask(stand, "hello")

    assert heard.status == 429
    assert heard.headers["retry-after"] == (fault.retry_after or "30")
    assert heard.error["type"] == "rate_limit_error"
    assert heard.error["message"]
    assert "x-should-retry" not in heard.headers
    assert len(calls(stand)) == 2


@every_way
def test_a_quota_that_is_used_up_is_not_worth_a_retry(stand: Stand, way: Way) -> None:
    text = json.dumps({"error": {"code": "insufficient_quota", "message": "You exceeded your current quota."}})
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=429, text=text))

    heard = way.ask(stand, "hello")

    assert heard.status == 429
    assert heard.headers["x-should-retry"] == "false"


@every_way
def test_a_limit_without_a_time_ends_with_the_minute(stand: Stand, way: Way) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=429, text="TooManyRequests"))

    heard = way.ask(stand, "hello")

    assert heard.error["message"] == "TooManyRequests"
    assert 1 <= int(heard.headers["retry-after"]) <= 60


@streamed_ways
def test_a_limit_told_in_the_stream_of_every_deployment_is_a_429(stand: Stand, way: Way) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("throttle"))

    heard = way.ask(stand, "hello")

    assert heard.status == 429
    assert heard.error["type"] == "rate_limit_error"
    assert int(heard.headers["retry-after"]) >= 1


@every_way
@pytest.mark.parametrize(
    ("fault", "status", "chat_type", "messages_type", "words"),
    [
        (Fault("status", status=500, text="Bad day"), 500, "server_error", "api_error", "Bad day"),
        (Fault("status", status=503, body="text"), 503, "server_error", "overloaded_error", "upstream connect"),
        (Fault("status", status=504, body="html"), 504, "server_error", "timeout_error", "gave no reason"),
        (Fault("status", status=403, body="text"), 403, "permission_error", "permission_error", "RBAC: access"),
        (Fault("status", status=404, body="text"), 404, "invalid_request_error", "not_found_error", "status 404"),
        (Fault("reset"), 502, "server_error", "api_error", "broke before an answer came"),
    ],
    ids=["500", "503", "504", "403", "404", "reset"],
)  # fmt: skip
def test_a_fault_of_every_deployment_is_told_in_the_words_of_sap(
    stand: Stand, way: Way, fault: Fault, status: int, chat_type: str, messages_type: str, words: str
) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, fault)

    heard = way.ask(stand, "hello")

    overloaded = way.dialect == "messages" and status == 503
    assert heard.status == (529 if overloaded else status)
    assert heard.error["type"] == way.kind_of(chat_type, messages_type)
    assert words in heard.error["message"]
    assert heard.headers.get("x-should-retry") == ("false" if status < 500 else None)
    assert ("retry-after" in heard.headers) == (status == 503)
    assert set(calls(stand)) == set(stand.deployments(way.model))


@every_way
def test_the_clients_own_mistake_is_asked_once_and_told_verbatim(stand: Stand, way: Way) -> None:
    words = "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens"
    text = json.dumps({"message": words} if "claude" in way.model else {"error": {"code": 400, "message": words}})
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=400, text=text))

    heard = way.ask(stand, "hello")

    assert heard.status == 400
    assert heard.error["message"] == words
    assert heard.error["type"] == "invalid_request_error"
    assert heard.headers["x-should-retry"] == "false"
    assert "retry-after" not in heard.headers
    assert len(calls(stand)) == 1


@every_way
def test_the_clients_own_mistake_wins_over_another_deployments_limit(stand: Stand, way: Way) -> None:
    """Told of the limit, the client would send the hopeless request again."""
    limited, refusing = stand.deployments(way.model)[:2]
    stand.world.faults.set(limited, Fault("status", status=429))
    stand.world.faults.set(refusing, Fault("status", status=400, text="bad picture"))

    heard = [way.ask(stand, "hello") for _ in range(2)]  # whose turn it is first changes

    assert [(one.status, one.error["message"]) for one in heard] == [(400, "bad picture")] * 2
    assert sorted(calls(stand)) == sorted([limited, refusing, refusing])


@every_way
def test_a_limit_is_told_rather_than_a_deployment_that_is_gone(stand: Stand, way: Way) -> None:
    first, second = stand.deployments(way.model)[:2]
    stand.world.faults.set(first, Fault("status", status=403, body="text"))
    stand.world.faults.set(second, Fault("status", status=503, body="text"))

    heard = way.ask(stand, "hello")

    assert heard.status == (529 if way.dialect == "messages" else 503)


@every_way
def test_every_answer_names_its_ids(stand: Stand, way: Way) -> None:
    good = way.ask(stand, "hello")
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=500))
    bad = way.ask(stand, "hello")

    for heard in (good, bad):
        assert heard.headers["x-request-id"] == heard.headers["request-id"]
        assert heard.headers["x-request-id"].startswith("req_")
        assert len(heard.headers["x-sap-request-id"]) == 36
    assert good.headers["x-request-id"] != bad.headers["x-request-id"]


@every_way
def test_a_field_left_out_is_named_in_a_header_that_is_safe(stand: Stand, way: Way) -> None:
    odd: dict[str, Any] = {"evil\r\nSet-Cookie: a=b": 1, "größe": 2, "x" * 5000: 3}

    heard = way.ask(stand, "[[sim: say fine]]", **odd)

    assert (heard.status, heard.text) == (200, "fine")
    dropped = heard.headers["x-proxy-dropped"]
    assert "evil??Set-Cookie" in dropped
    assert "set-cookie" not in heard.headers
    assert len(dropped) <= 1000
    assert dropped.isascii()


@every_way
def test_a_model_of_the_future_is_served_by_its_family_and_said_so(stand: Stand, way: Way) -> None:
    future = {"gpt-4o": "gpt-9", "gemini-2.5-pro": "gemini-9-pro"}.get(way.model, "claude-opus-9-20300101")

    heard = Way(way.dialect, future, way.stream).ask(stand, "[[sim: say still here]]")

    assert (heard.status, heard.text) == (200, "still here")
    serving = heard.headers["x-proxy-model"]
    assert serving in stand.engine.router.table.models
    named = next(name for frame in heard.frames if (name := model_in(frame)))
    assert named == serving


def model_in(frame: Any) -> str | None:
    found: str | None = frame.get("model") or frame.get("message", {}).get("model")
    return found


@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_an_embedding_model_does_not_chat(stand: Stand, dialect: str) -> None:
    heard = Way(dialect, "text-embedding-3-small", False).ask(stand, "hello")

    assert heard.status == 404
    assert "makes embeddings; it does not chat" in heard.error["message"]
    assert heard.headers["x-should-retry"] == "false"
    assert calls(stand) == []


@pytest.mark.parametrize("dialect", ["chat", "messages"])
def test_a_filtered_model_is_not_served_by_another(tmp_path: Path, dialect: str) -> None:
    filters = ModelFilters(exclude=(re.compile("gpt-4o"),))
    with running_stand(tmp_path, model_filters=filters) as stand:
        heard = Way(dialect, "gpt-4o", False).ask(stand, "hello")

    assert heard.status == 404
    assert heard.error["type"] == ("invalid_request_error" if dialect == "chat" else "not_found_error")
    assert "'gpt-4o' does not exist here" in heard.error["message"]


@pytest.mark.parametrize("model", ["gpt-4o", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("status", "chat_error", "messages_error"),
    [
        (400, openai.BadRequestError, anthropic.BadRequestError),
        (403, openai.PermissionDeniedError, anthropic.PermissionDeniedError),
        (404, openai.NotFoundError, anthropic.NotFoundError),
        (429, openai.RateLimitError, anthropic.RateLimitError),
        (500, openai.InternalServerError, anthropic.InternalServerError),
        (503, openai.InternalServerError, anthropic.InternalServerError),
    ],
)
def test_the_sdks_raise_their_own_errors(
    stand: Stand,
    model: str,
    stream: bool,
    status: int,
    chat_error: type[Exception],
    messages_error: type[Exception],
) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=status, text="so it is"))
    asked: Any = {"model": model, "messages": [{"role": "user", "content": "hello"}], "stream": stream}

    with pytest.raises(chat_error, match="so it is"):
        stand.openai().chat.completions.create(**asked)
    stand.engine.dispatch.reset()
    with pytest.raises(messages_error, match="so it is"):
        stand.anthropic().messages.create(max_tokens=100, **asked)
