"""A deployment is deleted at SAP while the proxy believes in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.simulator.faults import Fault
from tests.end_to_end.asking import Way
from tests.end_to_end.stand import Stand, running_stand
from tests.processes import wait_until

MODEL = "gpt-4o"
SAID = "[[sim: say all is well]]"


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with running_stand(tmp_path) as running:
        yield running


def lists_read(stand: Stand) -> int:
    return sum(seen.path == "/v2/lm/deployments" for seen in stand.world.requests)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_another_one_answers_and_the_list_is_read_anew(stand: Stand, stream: bool) -> None:
    gone, left = stand.deployments(MODEL)
    stand.world.remove(gone)

    answers = [Way("chat", MODEL, stream).ask(stand, f"{SAID} {number}") for number in range(3)]

    assert [(heard.status, heard.text) for heard in answers] == [(200, "all is well")] * 3
    assert gone in {seen.deployment for seen in stand.world.requests.inference()}
    wait_until(lambda: stand.deployments(MODEL) == [left], "the list without the deployment is read")


@pytest.mark.parametrize("status", [404, 410])
def test_whatever_says_that_it_is_gone_another_one_answers(stand: Stand, status: int) -> None:
    gone, _ = stand.deployments(MODEL)
    stand.world.faults.set(gone, Fault("status", status=status, body="text"))
    stand.world.requests.clear()

    answers = [Way("chat", MODEL, False).ask(stand, f"{SAID} {number}") for number in range(3)]

    assert [(heard.status, heard.text) for heard in answers] == [(200, "all is well")] * 3
    wait_until(lambda: lists_read(stand) >= len(stand.world.tenants), "the lists are read")
