"""Several calls for one request: their order, how many wait at once, and what happens when one fails."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import UpstreamError
from proxy_core.gateway.fan_out import FanOut
from proxy_core.gateway.refusals import Refusals
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.upstream_families.base import UpstreamRequest
from proxy_core.upstream_families.embeddings import TitanEmbeddings
from tests.gateway.fakes import FakeAnswer, deployment

OK = 200


@dataclass
class Pending:
    """Answers when it is asked the second time. `log` sees when it begins, ends and is given up."""

    name: str
    answer: FakeAnswer
    log: list[str]
    asked: int = 0

    def poll(self, wait: float) -> FakeAnswer | None:  # noqa: ARG002 - nothing is waited for
        self.asked += 1
        if self.asked == 1:
            return None
        self.log.append(f"ended {self.name}")
        return self.answer

    def close(self) -> None:
        self.log.append(f"given up {self.name}")


@dataclass
class Sap:
    """Each call's status comes from `statuses`, by the number of the call."""

    statuses: Mapping[int, int] = field(default_factory=dict)
    refusal: bytes = b'{"message": "no"}'
    log: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answers: list[FakeAnswer] = field(default_factory=list)
    forgotten: int = 0

    def begin(
        self,
        deployment: Deployment,  # noqa: ARG002 - only bodies matter here
        path: str,  # noqa: ARG002
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes,
        cancelled: Callable[[], bool],  # noqa: ARG002
        method: str = "POST",  # noqa: ARG002
    ) -> Pending:
        number = len(self.bodies)
        self.bodies.append(body)
        status = self.statuses.get(number, OK)
        name = body.decode() if b"{" not in body else json.loads(body).get("text", "?")
        self.answers.append(FakeAnswer(status, [body if status == OK else self.refusal], {"x-request-id": name}))
        self.log.append(f"began {name}")
        return Pending(name, self.answers[-1], self.log)

    def forget_token(self, deployment: Deployment) -> None:  # noqa: ARG002
        self.forgotten += 1


def call(text: str, **more: Any) -> UpstreamRequest:
    return UpstreamRequest("/invoke", {"text": text, **more})


def fan_out(sap: Sap, **options: Any) -> FanOut:
    return FanOut(
        deployment("a", "titan"),
        TitanEmbeddings(),
        calls=sap,  # type: ignore[arg-type]  # its answers come in two steps
        refusals=Refusals(logging.getLogger("test")),
        cancelled=lambda: False,
        **options,
    )


def texts(fan: FanOut, *requests: UpstreamRequest) -> list[str]:
    return [json.loads(answer.body)["text"] for answer in fan.answers(requests)]


def test_answers_come_in_the_order_of_the_requests() -> None:
    names = [str(number) for number in range(20)]

    assert texts(fan_out(Sap()), *map(call, names)) == names


def test_eight_calls_wait_at_once() -> None:
    sap = Sap()
    texts(fan_out(sap), *(call(str(number)) for number in range(10)))

    assert sap.log[:8] == [f"began {number}" for number in range(8)]
    assert sap.log[8:10] == ["ended 0", "began 8"]


def test_every_answer_is_closed() -> None:
    sap = Sap({1: 500})
    with pytest.raises(UpstreamError):
        texts(fan_out(sap), call("a"), call("b"))

    assert all(answer.closed for answer in sap.answers)


def test_a_failure_gives_up_the_others() -> None:
    sap = Sap({0: 500})

    with pytest.raises(UpstreamError) as failure:
        texts(fan_out(sap), call("a"), call("b"), call("c"))

    assert sap.log[-2:] == ["given up b", "given up c"]
    assert failure.value.request_id == "a"


def test_a_refused_token_is_fetched_anew_once_for_all() -> None:
    sap = Sap({0: 401, 1: 401, 2: 401})

    assert texts(fan_out(sap), call("a"), call("b"), call("c")) == ["a", "b", "c"]
    assert sap.forgotten == 1


def test_a_token_that_is_refused_again_is_an_error() -> None:
    sap = Sap({0: 401, 1: 401})

    with pytest.raises(UpstreamError) as failure:
        texts(fan_out(sap), call("a"))

    assert failure.value.upstream_status == 401


def test_a_refused_field_is_left_out_of_all_calls() -> None:
    sap = Sap({0: 400}, refusal=b'{"message": "user: Extra inputs are not permitted"}')
    fan = fan_out(sap)

    assert texts(fan, call("a", user="u")) == ["a"]
    assert json.loads(sap.bodies[1]) == {"text": "a"}
    assert fan.diagnostics == (Diagnostic("user", "the model refused it"),)


def test_dimensions_are_never_left_out() -> None:
    sap = Sap({0: 400}, refusal=b'{"message": "dimensions: Extra inputs are not permitted"}')

    with pytest.raises(UpstreamError):
        texts(fan_out(sap), call("a", dimensions=3))


def test_raw_bytes_are_sent_as_they_are() -> None:
    sap = Sap()

    answers = fan_out(sap).answers([UpstreamRequest("/x", {}, raw=b"raw")])

    assert sap.bodies == [b"raw"]
    assert answers[0].body == b"raw"


def test_notes_are_told_once() -> None:
    note = Diagnostic("user", "why")
    fan = fan_out(Sap(), notes=(note,))
    fan.answers([UpstreamRequest("/x", {"text": "a"}, diagnostics=(note,))] * 2)

    assert fan.diagnostics == (note,)
