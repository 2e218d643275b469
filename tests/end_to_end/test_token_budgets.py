"""Daily token budgets through the running proxy: in every dialect, native and translated, whole and streamed."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from proxy_core.engine import EngineOptions
from proxy_core.settings.api_keys import ApiKeys, key_identity
from proxy_core.settings.model import ApiKeyOptions
from proxy_core.settings.secret import Secret
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.asking import EVERY_WAY, first_bytes, open_stream
from tests.end_to_end.stand import KEY, Answer, Stand, running_stand
from tests.end_to_end.test_audio import form, send

OTHER = "other-key-0123456789"
NOON = 1_764_072_000.0
"""2025-11-25 12:00 UTC."""
CLAUDE, GPT, GEMINI = "anthropic--claude-4.5-sonnet", "gpt-4o", "gemini-2.5-pro"


class HurriedClock:
    """Each look at it takes ten seconds, so that every count is written to the file at once."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        self.now += 10
        return self.now


def usage_of(frame: Any) -> Mapping[str, Any]:
    """What an answer or a frame of any dialect says of tokens."""
    around = frame.get("response") or frame.get("message") or frame
    return around.get("usageMetadata") or around.get("usage") or {}


def total(usage: Mapping[str, Any]) -> int:
    for name in ("totalTokenCount", "total_tokens"):
        if name in usage:
            return int(usage[name])
    return sum(int(usage[name]) for name in ("input_tokens", "output_tokens"))


@dataclass(frozen=True)
class Call:
    """A request in one of the dialects; `refusal` is what its error object holds beside the message."""

    name: str
    path: str
    body: Mapping[str, Any]
    refusal: Mapping[str, Any]

    def send(self, stand: Stand, key: str = KEY) -> Answer:
        return stand.request("POST", self.path, self.body, {"Authorization": f"Bearer {key}"})

    def used(self, answer: Answer) -> int:
        """What the answer itself reports."""
        if not answer.body.startswith((b"data:", b"event:")):
            return total(usage_of(answer.json()))
        usage: dict[str, Any] = {}
        for line in answer.body.decode().splitlines():
            if line.startswith("data: {"):
                usage |= usage_of(json.loads(line[6:]))
        return total(usage)

    def __str__(self) -> str:
        return self.name


OPENAI = {"type": "rate_limit_error", "code": "insufficient_quota", "param": None}
ASKED = [{"role": "user", "content": "How are you?"}]
CONTENTS = [{"role": "user", "parts": [{"text": "How are you?"}]}]


def calls() -> Iterator[Call]:
    for stream in (False, True):
        way = "streamed" if stream else "whole"
        usage = {"stream_options": {"include_usage": True}} if stream else {}
        for model in (GPT, CLAUDE):
            body = {"model": model, "messages": ASKED, "stream": stream}
            yield Call(f"chat-{model}-{way}", "/v1/chat/completions", {**body, **usage}, OPENAI)
            limited = {**body, "max_tokens": 100}
            yield Call(f"messages-{model}-{way}", "/v1/messages", limited, {"type": "rate_limit_error"})
        for model in ("gpt-5", CLAUDE):
            body = {"model": model, "input": "How are you?", "stream": stream}
            yield Call(f"responses-{model}-{way}", "/v1/responses", body, OPENAI)
        for model in (GEMINI, GPT):
            action = "streamGenerateContent?alt=sse" if stream else "generateContent"
            path = f"/v1beta/models/{model}:{action}"
            google = {"code": 429, "status": "RESOURCE_EXHAUSTED"}
            yield Call(f"gemini-{model}-{way}", path, {"contents": CONTENTS}, google)
    for model in ("text-embedding-3-small", "amazon--titan-embed-text"):
        yield Call(f"embeddings-{model}", "/v1/embeddings", {"model": model, "input": "hello"}, OPENAI)


CALLS = tuple(calls())
CHAT = CALLS[0]
every_call = pytest.mark.parametrize("call", CALLS, ids=str)


def counts(folder: Path) -> dict[str, int]:
    path = folder / "token_counts.json"
    return json.loads(path.read_text())["tokens"] if path.exists() else {}


def used_by(folder: Path, key: str = KEY) -> int:
    return counts(folder).get(key_identity(key), 0)


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("budgets")


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[Stand]:
    with running_stand(folder, options=EngineOptions(clock=HurriedClock())) as stand:
        yield stand


@pytest.fixture
def rich(shared: Stand) -> Iterator[Stand]:
    """A key with more tokens than any test uses."""
    yield budgeted(shared, 10**9)
    shared.reset()


@pytest.fixture
def spent(shared: Stand) -> Iterator[Stand]:
    """A key that has used up its budget."""
    CHAT.send(budgeted(shared, 10**9))
    shared.reset()
    yield budgeted(shared, 1)
    shared.reset()


def budgeted(stand: Stand, tokens: int) -> Stand:
    key, other = Secret(KEY), Secret(OTHER)
    stand.engine.replace_api_keys(ApiKeys((key, other), options={key: ApiKeyOptions("ci", tokens)}))
    return stand


@every_call
def test_count_is_what_the_answer_reports(rich: Stand, folder: Path, call: Call) -> None:
    before = used_by(folder)

    answer = call.send(rich)

    assert answer.status == 200, answer.body
    assert used_by(folder) - before == call.used(answer) > 0


@every_call
def test_key_that_is_over_is_refused_in_the_shape_of_the_dialect(spent: Stand, call: Call) -> None:
    answer = call.send(spent)

    error = answer.json()["error"]
    assert answer.status == 429
    assert call.refusal.items() <= error.items()
    assert error["message"].startswith('The daily token budget of the API key "ci" is used up: ')
    assert "It begins anew at 2025-11-26 00:00 UTC." in error["message"]
    assert 0 < int(answer.headers["retry-after"]) < 43_200
    assert answer.headers["x-should-retry"] == "false"
    assert not spent.world.requests.inference()


def test_refusal_in_the_wire_of_anthropic_is_complete(spent: Stand) -> None:
    answer = CALLS[1].send(spent).json()

    assert (answer["type"], answer["error"]["type"]) == ("error", "rate_limit_error")


def test_refusal_in_the_wire_of_google_says_the_delay(spent: Stand) -> None:
    call = next(call for call in CALLS if call.name.startswith("gemini"))
    [detail] = call.send(spent).json()["error"]["details"]

    assert detail["@type"].endswith("RetryInfo")
    assert 0 < int(detail["retryDelay"].removesuffix("s")) < 43_200


def test_transcription_counts_and_is_refused(rich: Stand, folder: Path) -> None:
    """The simulated model reports nothing: its words are counted by their length."""
    before = used_by(folder)
    answer = send(rich, form({"model": "whisper"}))
    counted = used_by(folder) - before
    refused = send(budgeted(rich, 1), form({"model": "whisper"}))

    assert counted == len(answer.body) // 4 > 0
    assert (refused.status, refused.json()["error"]["code"]) == (429, "insufficient_quota")


@pytest.mark.parametrize("action", ["embedContent", "batchEmbedContents"])
def test_vectors_by_the_wire_of_google_count_and_are_refused(rich: Stand, folder: Path, action: str) -> None:
    path, content = "/v1beta/models/gemini-embedding", {"parts": [{"text": "hello"}]}
    body = {"content": content, "requests": [{"model": "models/gemini-embedding", "content": content}]}
    before = used_by(folder)
    status = rich.request("POST", f"{path}:{action}", body).status
    counted = used_by(folder) - before
    refused = budgeted(rich, 1).request("POST", f"{path}:{action}", body)

    assert (status, counted > 0) == (200, True)
    assert (refused.status, refused.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")


def test_official_sdks_give_up_at_once(spent: Stand, caplog: pytest.LogCaptureFixture) -> None:
    base, messages = spent.engine.base_url, [{"role": "user", "content": "hello"}]
    caplog.set_level(logging.INFO, "test")
    with openai.OpenAI(base_url=f"{base}/v1", api_key=KEY) as client, pytest.raises(openai.RateLimitError) as heard:
        client.chat.completions.create(model=GPT, messages=messages)  # type: ignore[arg-type]
    with anthropic.Anthropic(base_url=base, api_key=KEY) as other, pytest.raises(anthropic.RateLimitError):
        other.messages.create(model=CLAUDE, messages=messages, max_tokens=9)  # type: ignore[arg-type]

    assert heard.value.code == "insufficient_quota"
    assert len([line for line in caplog.messages if "daily tokens are used up" in line]) == 2


def test_models_and_counting_stay_free(spent: Stand, folder: Path) -> None:
    before = used_by(folder)
    counting = {"model": CLAUDE, "messages": ASKED}

    assert spent.request("GET", "/v1/models").status == 200
    assert spent.request("POST", "/v1/messages/count_tokens", counting).status == 200
    assert used_by(folder) == before


def test_other_keys_are_served_beside_one_that_is_over(spent: Stand, folder: Path) -> None:
    assert (CHAT.send(spent).status, CHAT.send(spent, OTHER).status) == (429, 200)
    assert used_by(folder, OTHER) == 0


def test_answer_made_in_the_background_is_counted_when_it_is_read(rich: Stand, folder: Path) -> None:
    asked = {"model": "gpt-5", "input": "How are you?", "background": True}
    queued = rich.request("POST", "/v1/responses", asked).json()
    before = used_by(folder)
    answers = [rich.request("GET", f"/v1/responses/{queued['id']}").json() for _ in range(3)]

    assert [answer["status"] for answer in (queued, answers[-1])] == ["queued", "completed"]
    assert used_by(folder) - before == usage_of(answers[-1])["output_tokens"] > 0


@pytest.mark.parametrize("way", [way for way in EVERY_WAY if way.stream], ids=str)
def test_stream_that_the_client_leaves_is_counted(rich: Stand, folder: Path, way: Any) -> None:
    rich.world.faults.set(ANY_DEPLOYMENT, Fault("stall", seconds=20, where="middle", after_frames=6))
    before = used_by(folder)
    with open_stream(rich, way, "Write 200 words.") as connection:
        assert b"200 OK" in first_bytes(connection, b"data: ")

    assert wait_for(lambda: used_by(folder) > before)
    assert used_by(folder) - before < 1000


def test_stream_that_breaks_is_counted(rich: Stand, folder: Path) -> None:
    rich.world.faults.set(ANY_DEPLOYMENT, Fault("drop", after_frames=6))
    before = used_by(folder)
    call = next(call for call in CALLS if call.name == f"chat-{GPT}-streamed")

    assert b'"error"' in call.send(rich).body
    assert wait_for(lambda: used_by(folder) > before)


def test_request_that_sap_refuses_counts_nothing(rich: Stand, folder: Path) -> None:
    rich.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=429))
    before = used_by(folder)

    assert [call.send(rich).status for call in CALLS if GPT in call.name] == [429] * 6
    assert used_by(folder) == before


def test_counts_survive_a_restart(tmp_path: Path) -> None:
    """The clock stands still, so that the last counts are written by the stop alone."""
    options = EngineOptions(clock=lambda: NOON)
    with running_stand(tmp_path, options=options, daily_tokens=10**9) as stand:
        used = sum(CHAT.used(CHAT.send(stand)) for _ in range(3))

    assert used_by(tmp_path) == used
    with running_stand(tmp_path, options=options, daily_tokens=used) as stand:
        assert CHAT.send(stand).status == 429


def test_next_day_begins_anew(tmp_path: Path) -> None:
    clock = HurriedClock()
    with running_stand(tmp_path, options=EngineOptions(clock=clock), daily_tokens=1) as stand:
        statuses = [CHAT.send(stand).status, CHAT.send(stand).status]
        clock.now = NOON + 43_200
        statuses.append(CHAT.send(stand).status)

    assert statuses == [200, 429, 200]


def test_no_file_is_written_where_no_key_has_a_budget(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        assert CHAT.send(stand).status == 200

    assert not (tmp_path / "token_counts.json").exists()


def test_file_holds_no_key(rich: Stand, folder: Path) -> None:
    CHAT.send(rich)

    assert KEY not in (folder / "token_counts.json").read_text()
