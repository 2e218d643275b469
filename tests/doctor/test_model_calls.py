"""One call for each model that chats."""

from collections.abc import Iterator
from contextlib import contextmanager

from proxy_core.doctor.model_calls import ModelCallError, ModelCalls, call_models

NAMES = ("gpt-5", "claude-sonnet-4-5", "anthropic--claude-4.5-sonnet", "text-embedding-3-small")


def test_each_chat_model_is_asked_once() -> None:
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return "Hello."

    @contextmanager
    def calls() -> Iterator[ModelCalls]:
        yield ModelCalls(NAMES, ask)

    found = list(call_models(calls))

    assert asked == ["gpt-5", "claude-sonnet-4-5"]
    assert [one.code for one in found] == ["model_ok", "model_ok"]


def test_model_that_fails_does_not_end_the_round() -> None:
    def ask(name: str) -> str:
        if name == "gpt-5":
            raise ModelCallError("SAP is overloaded. Try again later.")
        return "Hello."

    @contextmanager
    def calls() -> Iterator[ModelCalls]:
        yield ModelCalls(NAMES, ask)

    first, second = call_models(calls)

    assert (first.code, first.text) == ("model_failed", "gpt-5 did not answer: SAP is overloaded.")
    assert first.advice == "Try again later."
    assert second.verdict == "ok"


def test_answer_without_text_is_a_note() -> None:
    @contextmanager
    def calls() -> Iterator[ModelCalls]:
        yield ModelCalls(("gpt-5",), lambda _: " ")

    [finding] = call_models(calls)

    assert finding.verdict == "warning"


def test_no_model_is_told() -> None:
    @contextmanager
    def calls() -> Iterator[ModelCalls]:
        yield ModelCalls((), str)

    [finding] = call_models(calls)

    assert (finding.code, finding.verdict) == ("models_none", "failed")


def test_proxy_that_cannot_start_is_told() -> None:
    @contextmanager
    def calls() -> Iterator[ModelCalls]:
        raise ModelCallError("No sub-account could be read. Look above.")
        yield

    [finding] = call_models(calls)

    assert (finding.code, finding.advice) == ("models_unready", "Look above.")
