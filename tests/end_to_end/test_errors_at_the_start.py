"""SAP answers 200 and then fails, before a word of the model: a real status in the dialect's own shape."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from proxy_core.simulator.world import demo_world
from tests.end_to_end.compatibility import DIALECTS, ask
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_compatibility import CONVERSE_CLAUDE, ROWS, Row, check_error, check_overflow

AZURE = ("gpt-5", "gpt-4o")
OTHER_WIRES = ("amazon--nova-pro", CONVERSE_CLAUDE)
FAMILIES = tuple(row for row in ROWS if row.model not in AZURE)


@pytest.fixture(scope="module")
def wide_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    world = demo_world()
    world.deploy("demo-eu", CONVERSE_CLAUDE, executable="aws-bedrock")
    with running_stand(tmp_path_factory.mktemp("start"), world=world) as stand:
        for stream in (False, True):  # it is known now that this Claude has no other path
            ask(stand, "chat", CONVERSE_CLAUDE, "text", stream=stream)
        yield stand


@pytest.fixture
def wide(wide_stand: Stand) -> Iterator[Stand]:
    wide_stand.reset()
    yield wide_stand
    wide_stand.reset()


def frame_of(row: Row, error: Any, kind: str) -> str:
    """The error as the family writes it into a stream."""
    if row.model in OTHER_WIRES:
        return f"data: {{'{kind}': {{'message': {error['message']!r}}}}}\n\n"
    if "claude" in row.model and "error" not in error:
        return f"data: {json.dumps({'type': 'error', 'error': {'type': 'invalid_request_error', **error}})}\n\n"
    if "error" not in error:
        return f"data: {json.dumps({'error': {'code': 400, **error}})}\n\n"
    return f"data: {json.dumps(error)}\n\n"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("row", FAMILIES, ids=lambda row: row.model)
def test_a_conversation_that_is_too_long_is_told_as_such(wide: Stand, row: Row, dialect: str) -> None:
    text = frame_of(row, row.too_long, "validationException")
    wide.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=200, text=text))

    check_overflow(dialect, ask(wide, dialect, row.model, "overflow", stream=True))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("row", FAMILIES, ids=lambda row: row.model)
def test_throttling_is_told_with_the_time_to_wait(wide: Stand, row: Row, dialect: str) -> None:
    wide.world.faults.set(ANY_DEPLOYMENT, Fault("throttle"))

    answer = ask(wide, dialect, row.model, "error", stream=True)

    wait = answer.headers["retry-after"]
    check_error(dialect, replace(answer, headers={**answer.headers, "retry-after": "7"}))
    assert 1 <= int(wait) <= 60
