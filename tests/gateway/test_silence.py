"""How long the client has heard nothing."""

from proxy_core.gateway.silence import Silence
from tests.clock import Clock


def test_silence_lasts_too_long_once_per_limit() -> None:
    clock = Clock(0.0)
    silence = Silence(10.0, clock)
    found = []
    for clock.now in (5.0, 9.9, 10.0, 15.0, 19.9, 20.0):
        found.append(silence.lasts_too_long())

    assert found == [False, False, True, False, False, True]


def test_silence_is_counted_from_the_first_silent_moment_after_its_end() -> None:
    clock = Clock(0.0)
    silence = Silence(10.0, clock)
    silence.end()
    found = []
    for clock.now in (50.0, 59.0, 60.0):
        found.append(silence.lasts_too_long())

    assert found == [False, False, True]
