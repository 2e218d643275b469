"""Models that are not waited for as long as the others."""

from collections.abc import Iterator

import pytest

from proxy_core.settings.model import AttemptTimeouts, TimeoutSettings
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.asking import EVERY_WAY, ask_all
from tests.end_to_end.stand import Stand, running_stand

HASTY = AttemptTimeouts(first_byte=0.8, idle=0.8)
NAMES = {"gpt-4o": HASTY, "claude-sonnet-4-5": HASTY}
"""SAP's own name of one model, and the client's of another."""
PATIENT = "gemini-2.5-pro"
LONG = "[[sim: words 60]]"
SILENCE = 3.0


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("patience"), timeouts=TimeoutSettings(models=NAMES)) as running:
        yield running


@pytest.fixture(autouse=True)
def healthy(stand: Stand) -> None:
    stand.reset()


def test_the_first_byte_has_a_time_of_its_own_for_the_named_models_only(stand: Stand) -> None:
    whole = [way for way in EVERY_WAY if not way.stream]
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("stall", where="headers", seconds=SILENCE))

    heard = ask_all(stand, whole, LONG)

    for way in whole:
        answer = heard[str(way)]
        if way.model == PATIENT:
            assert (answer.status, answer.error) == (200, None)
            continue
        assert answer.status == 504
        assert answer.error["type"] == way.kind_of("server_error", "timeout_error")
        assert "did not begin to answer within 0.8 seconds" in answer.error["message"]


def test_silence_within_a_stream_has_a_time_of_its_own_for_the_named_models_only(stand: Stand) -> None:
    streamed = [way for way in EVERY_WAY if way.stream]
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("stall", where="middle", after_frames=12, seconds=SILENCE))

    heard = ask_all(stand, streamed, LONG)

    for way in streamed:
        answer = heard[str(way)]
        assert answer.status == 200
        assert answer.ended_well == (way.model == PATIENT)
        if way.model != PATIENT:
            assert answer.text
            assert answer.error["type"] == way.kind_of("server_error", "timeout_error")
            assert "fell silent" in answer.error["message"]
