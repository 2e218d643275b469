"""Golden streams of the families beside Azure and Claude: upstream bytes to events, however they are cut."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import UpstreamError
from proxy_core.neutral.events import Event
from proxy_core.neutral.messages import ChatRequest, Message, TextPart
from proxy_core.registry import FAMILIES
from proxy_core.upstream_families.base import Target
from tests.golden_text import GOLDEN, check_golden, describe
from tests.grammar import check_grammar
from tests.upstream_families.asked import fetch, joined

MODELS = {
    "bedrock_converse": "anthropic--claude-4.5-sonnet",
    "cohere": "cohere--command-a-reasoning",
    "openai_compatible": "sonar",
    "orchestration": "anthropic--claude-4.5-sonnet",
}
CASES = sorted(path for family in MODELS for path in (GOLDEN / family).glob("*.upstream.sse"))
cases = pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}")


def decode(path: Path, pieces: Iterable[bytes]) -> tuple[list[Event], str]:
    """The events and, as a line, the error that ended them."""
    family, model = FAMILIES[path.parent.name], MODELS[path.parent.name]
    target = Target(model, "public", capabilities_of(model))
    asked = ChatRequest("m", (Message("user", (TextPart("hi"),)),), stream=True)
    decoder = family.stream_decoder("text/event-stream", family.encode_request(asked, target, fetch), target)
    events: list[Event] = []
    try:
        for piece in pieces:
            events += decoder.feed(piece)
        events += decoder.close()
    except UpstreamError as error:
        return events, f"{error.status} {error.kind} {error.message} (retry after {error.retry_after})"
    return events, "no error"


@cases
def test_the_events_are_as_recorded(path: Path) -> None:
    events, ended = decode(path, [path.read_bytes()])

    check_grammar(events, complete=ended == "no error")
    lines = [*map(describe, joined(events)), ended]
    check_golden(
        path.with_name(path.name.replace("upstream.sse", "events.txt")), ("\n".join(lines) + "\n").encode()
    )


@cases
def test_cuts_change_nothing(path: Path) -> None:
    data = path.read_bytes()
    events, ended = decode(path, [data])

    for at in range(len(data) + 1):
        cut_events, cut_ended = decode(path, [data[:at], data[at:]])
        assert (joined(cut_events), cut_ended) == (joined(events), ended), at


def test_every_family_has_its_golden_streams() -> None:
    assert {path.parent.name for path in CASES} == set(MODELS)
