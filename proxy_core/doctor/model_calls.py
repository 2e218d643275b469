"""One real, short call for each model, on request only: it costs a little. The way of asking is handed in."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from proxy_core.doctor.finding import Finding, split_advice
from proxy_core.model_names import canonical_name, parse_model_name

__all__ = ["QUESTION", "ModelCallError", "ModelCalls", "OpenModelCalls", "call_models"]

QUESTION = "Say hello in one short sentence."
_FAILED_ADVICE = "Try another model; when all fail, look at the lines above and at the log."


class ModelCallError(Exception):
    """The models cannot be asked, or one did not answer. `str()` is one line for people."""


@dataclass(frozen=True, slots=True)
class ModelCalls:
    """`names` are the published names, `ask` gives the text of one's answer and raises `ModelCallError`."""

    names: tuple[str, ...]
    ask: Callable[[str], str]


OpenModelCalls = Callable[[], AbstractContextManager[ModelCalls]]
"""Makes the calls possible, such as by starting a proxy. Raises `ModelCallError`."""


def call_models(open_calls: OpenModelCalls) -> Iterator[Finding]:
    """Ask every model that chats, once, however many names it has."""
    try:
        with open_calls() as calls:
            names = _distinct(calls.names)
            if not names:
                text, advice = (
                    "No model that chats is served.",
                    "Deploy one in SAP AI Launchpad, or change model_filters.",
                )
                yield Finding("models", "failed", text, advice, code="models_none")
            for name in names:
                yield _call(name, calls.ask)
    except ModelCallError as error:
        text, advice = split_advice(str(error))
        yield Finding("models", "failed", text, advice, code="models_unready", facts={"detail": text})


def _distinct(names: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for name in names:
        if parse_model_name(name).kind == "chat":
            found.setdefault(canonical_name(name), name)
    return list(found.values())


def _call(name: str, ask: Callable[[str], str]) -> Finding:
    began = time.monotonic()
    try:
        answer = ask(name)
    except ModelCallError as error:
        text, advice = split_advice(str(error), _FAILED_ADVICE)
        facts = {"model": name, "detail": text}
        return Finding("models", "failed", f"{name} did not answer: {text}", advice, name, "model_failed", facts)
    seconds = f"{time.monotonic() - began:.1f}"
    text = f"{name} answered in {seconds} seconds."
    if not answer.strip():
        text, advice = f"{name} answered with no text.", "Ask it once more from one of your tools."
        return Finding("models", "warning", text, advice, name, "model_failed", {"model": name, "detail": text})
    return Finding("models", "ok", text, "", name, "model_ok", {"model": name, "seconds": seconds})
