"""Counting tokens through the running proxy: local, fast, and beside full streams."""

import base64
import io
import threading
import time
from pathlib import Path
from typing import Any

import anthropic
import pytest
from PIL import Image

from proxy_core.simulator.faults import Fault
from tests.end_to_end.stand import Stand, running_stand

PATH = "/v1/messages/count_tokens"
MODELS = ("claude-sonnet-4-5", "gpt-5", "gemini-2.5-pro", "amazon--nova-pro", "mistralai--mistral-small")
HELLO: list[Any] = [{"role": "user", "content": "Hello there, how are you today?"}]


def count(stand: Stand, **body: Any) -> int:
    answer = stand.request("POST", PATH, {"model": "claude-sonnet-4-5", "messages": HELLO, **body})
    assert answer.status == 200, answer.body
    assert answer.json().keys() == {"input_tokens"}
    counted: int = answer.json()["input_tokens"]
    return counted


def image(width: int, height: int) -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height)).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


@pytest.mark.parametrize("model", MODELS)
def test_the_official_sdk_counts_for_every_family(stand: Stand, model: str) -> None:
    counted = stand.anthropic().messages.count_tokens(model=model, messages=HELLO)

    assert 8 <= counted.input_tokens <= 20
    assert stand.inference_bodies() == []


def test_the_beta_of_the_sdk_counts_too(stand: Stand) -> None:
    """It appends `?beta=true`, as Claude Code does."""
    counted = stand.anthropic().beta.messages.count_tokens(model="claude-sonnet-4-5", messages=HELLO)

    assert counted.input_tokens > 0


@pytest.mark.parametrize("path", ["/messages/count_tokens", "/anthropic/v1/messages/count_tokens/"])
def test_every_spelling_of_the_path_works(stand: Stand, path: str) -> None:
    assert stand.request("POST", path, {"model": "claude-sonnet-4-5", "messages": HELLO}).status == 200


def test_system_and_tools_count(stand: Stand) -> None:
    tool = {"name": "look", "description": "Looks at a thing.", "input_schema": {"type": "object"}}

    assert count(stand, system="Be brief and kind.") > count(stand)
    assert count(stand, tools=[tool]) > count(stand) + 346


def test_tools_that_claude_knows_by_their_type_count(stand: Stand) -> None:
    assert count(stand, tools=[{"type": "bash_20250124", "name": "bash"}]) == count(stand) + 346 + 245
    assert count(stand, tools=[{"type": "web_search_20250305", "name": "web_search"}]) == count(stand)


def test_images_count_by_their_size(stand: Stand) -> None:
    def counted(*parts: Any) -> int:
        return count(stand, messages=[{"role": "user", "content": [*parts, {"type": "text", "text": "?"}]}])

    assert counted(image(750, 400)) - counted() == 400


def test_a_count_needs_no_max_tokens_and_no_stream(stand: Stand) -> None:
    assert count(stand, max_tokens=5, stream=True) == count(stand)


def test_a_large_conversation_is_counted_in_no_time(stand: Stand) -> None:
    """20 ms for 100 kB hold for the count; the way over the socket comes on top."""
    text = "def total(orders: list[Order]) -> Decimal:\n    return sum((o.amount for o in orders), Decimal(0))\n"
    messages = [{"role": "user", "content": text * 1000}]

    def seconds() -> float:
        begun = time.perf_counter()
        count(stand, messages=messages)
        return time.perf_counter() - begun

    assert min(seconds() for _ in range(5)) < 0.1


def test_fifty_counts_at_once_pass_while_all_streams_are_taken(tmp_path: Path) -> None:
    with running_stand(tmp_path, max_streams=1) as stand:
        for deployment in stand.deployments("gpt-5"):
            stand.world.faults.set(deployment, Fault("stall", where="first", seconds=3))
        body = {"model": "gpt-5", "stream": True, "messages": HELLO}
        busy = threading.Thread(target=stand.request, args=("POST", "/v1/chat/completions", body))
        busy.start()
        _wait_until(lambda: bool(stand.inference_bodies()))

        counts: list[int] = []
        threads = [threading.Thread(target=lambda: counts.append(count(stand))) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert stand.request("POST", "/v1/chat/completions", body).status == 503
        assert len(counts) == 50
        assert len(set(counts)) == 1
        assert len(stand.inference_bodies()) == 1
        busy.join()


def _wait_until(happened: Any) -> None:
    deadline = time.monotonic() + 5
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"messages": None}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "messages[0].content[0].source"),
        ({"tools": [{"name": 5}]}, "tools[0].name"),
        ({"system": 5}, "system"),
        ({"model": None}, "model"),
    ],
)
def test_a_bad_field_is_named(stand: Stand, changes: dict[str, Any], words: str) -> None:
    body = {"model": "claude-sonnet-4-5", "messages": HELLO, **changes}

    answer = stand.request("POST", PATH, body)

    assert answer.status == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert words in answer.json()["error"]["message"]


def test_an_unknown_model_is_told(stand: Stand) -> None:
    with pytest.raises(anthropic.NotFoundError):
        stand.anthropic().messages.count_tokens(model="nothing-like-it", messages=HELLO)


def test_counting_needs_the_key(stand: Stand) -> None:
    answer = stand.request("POST", PATH, {"model": "claude-sonnet-4-5"}, {"Authorization": "Bearer wrong"})

    assert answer.status == 401
