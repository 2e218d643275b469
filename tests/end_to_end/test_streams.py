"""Streams that break, stall or arrive in odd pieces after they began."""

import re
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from proxy_core.engine import EngineOptions
from proxy_core.settings.model import TimeoutSettings
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.asking import EVERY_WAY, STREAMED_WAYS, Heard, Way, ask_all, every_way, streamed_ways
from tests.end_to_end.stand import Stand, running_stand

LONG = "[[sim: words 400]]"
CUT = re.compile("broke within the answer|before the answer was complete|was cut off")
SAID = '[[sim: say Grüße, data: 😀 "quoted" 漢字]] '
SIGNS = {"chat": b": keep-alive\n\n", "messages": b'event: ping\ndata: {"type":"ping"}\n\n'}
# A reset takes away what its reader has not read yet, so there is a moment for that before it.
BREAKS = {
    "reset": (Fault("stall", where="middle", after_frames=12, seconds=0.1), Fault("reset", after_frames=14)),
    "drop": (Fault("drop", after_frames=12),),
    "drop within a frame": (Fault("split"), Fault("drop", after_frames=1400)),
    "reset within a frame": (
        Fault("split"),
        Fault("stall", where="middle", after_frames=1400, seconds=0.1),
        Fault("reset", after_frames=1402),
    ),
    "early end": (Fault("end", after_frames=12),),
    "early end within a frame": (Fault("split"), Fault("end", after_frames=1402)),
    "throttle": (Fault("throttle", after_frames=12),),
    "throttle in one segment with content": (Fault("throttle", after_frames=15), Fault("merge")),
}


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A stand that gives signs of life after 0.3 seconds and does not wait for ever."""
    home = tmp_path_factory.mktemp("hasty")
    options = EngineOptions(keep_alive_seconds=0.3)
    limits = TimeoutSettings(connect=2.0, first_byte=1.5, idle=1.5)
    with running_stand(home, options=options, timeouts=limits) as stand:
        yield stand


@pytest.fixture(autouse=True)
def healthy(hasty: Stand) -> None:
    hasty.reset()


def assert_broken(way: Way, heard: Heard, whole: str) -> None:
    """An answer that began and ended with an error, told once and as the last thing."""
    assert heard.status == 200
    assert heard.text
    assert whole.startswith(heard.text)
    assert len(heard.text) < len(whole)
    assert ["error" in frame for frame in heard.frames].index(True) == len(heard.frames) - 1
    assert not heard.ended_well
    assert heard.body.endswith(b"}\n\n")
    if way.dialect == "messages":
        assert b"\n\nevent: error\ndata: " in heard.body


@streamed_ways
@pytest.mark.parametrize("name", BREAKS)
def test_a_stream_that_breaks_ends_with_an_error(stand: Stand, way: Way, name: str) -> None:
    whole = way.ask(stand, LONG).text
    stand.world.requests.clear()
    stand.world.faults.set(ANY_DEPLOYMENT, *BREAKS[name])

    heard = way.ask(stand, LONG)

    assert_broken(way, heard, whole)
    limited = way.kind_of("rate_limit_error", "rate_limit_error")
    lost = way.kind_of("server_error", "api_error")
    assert heard.error["type"] == (limited if name.startswith("throttle") else lost)
    assert len(stand.inference_bodies()) == 1


def test_a_stream_that_falls_silent_ends_with_an_error(hasty: Stand) -> None:
    whole = ask_all(hasty, STREAMED_WAYS, LONG)
    hasty.world.faults.set(ANY_DEPLOYMENT, Fault("stall", where="middle", after_frames=12, seconds=3.0))

    heard = ask_all(hasty, STREAMED_WAYS, LONG)

    for way in STREAMED_WAYS:
        assert_broken(way, heard[str(way)], whole[str(way)].text)
        assert heard[str(way)].error["type"] == way.kind_of("server_error", "timeout_error")
        assert "fell silent" in heard[str(way)].error["message"]


@pytest.mark.parametrize("model", ["gpt-4o", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro"])
def test_the_sdks_raise_for_a_stream_that_breaks(stand: Stand, model: str) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("drop", after_frames=12))
    asked: Any = {"model": model, "messages": [{"role": "user", "content": LONG}]}
    chunks: list[Any] = []

    with pytest.raises(openai.APIError, match=CUT):
        chunks.extend(stand.openai().chat.completions.create(stream=True, **asked))
    with (
        pytest.raises(anthropic.APIError, match=CUT),
        stand.anthropic().messages.stream(max_tokens=500, **asked) as stream,
    ):
        stream.until_done()


@every_way
@pytest.mark.parametrize(
    "faults",
    [
        (Fault("split"),),
        (Fault("crlf"),),
        (Fault("merge"),),
        (Fault("crlf"), Fault("split")),
        (Fault("crlf"), Fault("merge"), Fault("split")),
    ],
    ids=lambda faults: "-".join(fault.kind for fault in faults),
)
def test_the_answer_does_not_depend_on_how_the_bytes_arrive(
    stand: Stand, way: Way, faults: tuple[Fault, ...]
) -> None:
    plain = way.ask(stand, SAID)
    stand.world.faults.set(ANY_DEPLOYMENT, *faults)

    heard = way.ask(stand, SAID)

    assert heard.text == plain.text == 'Grüße, data: 😀 "quoted" 漢字'
    assert heard.ended_well
    assert heard.error is None


@pytest.mark.parametrize(
    "faults",
    [
        (Fault("stall", where="headers", seconds=1.0),),
        (Fault("stall", where="first", seconds=1.0),),
        (Fault("stall", where="middle", after_frames=12, seconds=1.0),),
        (Fault("split"), Fault("stall", where="middle", after_frames=31, seconds=1.0)),
        (Fault("split"), Fault("stall", where="middle", after_frames=1400, seconds=1.0)),
    ],
    ids=["headers", "first", "middle", "within-the-first-frame", "within-a-frame"],
)
def test_a_silent_stream_gives_signs_of_life_and_then_the_whole_answer(
    hasty: Stand, faults: tuple[Fault, ...]
) -> None:
    plain = ask_all(hasty, STREAMED_WAYS, LONG)
    hasty.world.faults.set(ANY_DEPLOYMENT, *faults)

    heard = ask_all(hasty, STREAMED_WAYS, LONG)

    for way in STREAMED_WAYS:
        answer = heard[str(way)]
        assert answer.status == 200
        assert answer.body.count(SIGNS[way.dialect]) >= 1
        assert answer.text == plain[str(way)].text
        assert answer.ended_well
        assert answer.error is None


@pytest.mark.parametrize("dialect", SIGNS)
@pytest.mark.parametrize(
    "fault",
    [Fault("status", status=429), Fault("reset"), Fault("throttle"), Fault("end")],
    ids=lambda fault: fault.kind,
)
def test_another_deployment_answers_after_signs_of_life(hasty: Stand, dialect: str, fault: Fault) -> None:
    stall = Fault("stall", where="headers", seconds=0.7)
    ways = [way for way in STREAMED_WAYS if way.dialect == dialect]
    for way in ways:
        sick = hasty.deployments(way.model)[0]
        hasty.world.faults.set(sick, stall, fault)

    heard = [ask_all(hasty, ways, SAID) for _ in range(2)]  # whose turn it is first changes

    for way in ways:
        answers = [answer[str(way)] for answer in heard]
        assert [(answer.text, answer.error) for answer in answers] == [('Grüße, data: 😀 "quoted" 漢字', None)] * 2
        assert any(SIGNS[way.dialect] in answer.body for answer in answers)


def test_when_all_fail_after_signs_of_life_the_stream_ends_with_the_error(hasty: Stand) -> None:
    hasty.world.faults.set(
        ANY_DEPLOYMENT,
        Fault("stall", where="headers", seconds=0.8),
        Fault("status", status=500, text="so it is"),
    )

    heard = ask_all(hasty, STREAMED_WAYS, LONG)

    for way in STREAMED_WAYS:
        answer = heard[str(way)]
        assert answer.status == 200
        assert answer.body.startswith(SIGNS[way.dialect])
        assert (answer.error["type"], answer.error["message"]) == (
            "api_error" if way.dialect == "messages" else "server_error",
            "so it is",
        )
        assert not answer.ended_well
        assert answer.text == ""


def test_a_whole_answer_may_take_long(hasty: Stand) -> None:
    whole = [way for way in EVERY_WAY if not way.stream]
    hasty.world.faults.set(ANY_DEPLOYMENT, Fault("stall", where="headers", seconds=1.0))

    heard = ask_all(hasty, whole, SAID)

    assert {answer.text for answer in heard.values()} == {'Grüße, data: 😀 "quoted" 漢字'}


def test_a_deployment_that_never_begins_is_a_timeout(hasty: Stand) -> None:
    whole = [way for way in EVERY_WAY if not way.stream]
    hasty.world.faults.set(ANY_DEPLOYMENT, Fault("stall", where="headers", seconds=8.0))

    heard = ask_all(hasty, whole, LONG)

    for way in whole:
        answer = heard[str(way)]
        assert answer.status == 504
        assert answer.error["type"] == way.kind_of("server_error", "timeout_error")
        assert "did not begin to answer within 1.5 seconds" in answer.error["message"]
