"""Every client dialect with the little that the fault matrix needs of it, and a SAP with four deployments a model.

Where `asking` knows two dialects well, this knows all of them by one table.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy_core.simulator.world import Tenant, World
from tests.end_to_end.asking import Heard
from tests.end_to_end.stand import Stand

__all__ = [
    "EMBEDDINGS",
    "NATIVE_WAYS",
    "SAID",
    "WAYS",
    "WHOLE_CALLS",
    "Told",
    "Way",
    "calls_of",
    "ended_well",
    "error_of",
    "four_deployments",
    "text_of",
]

SAID = "[[sim: say all is well]]"
"""What a request tells the model to answer."""
SUB_ACCOUNTS = ("near", "far")
NATIVE = {
    "chat": "gpt-4o",
    "messages": "anthropic--claude-4.5-sonnet",
    "responses": "gpt-5",
    "gemini": "gemini-2.5-pro",
}
TRANSLATED = {
    "chat": "anthropic--claude-4.5-sonnet",
    "messages": "gemini-2.5-pro",
    "responses": "anthropic--claude-4.5-sonnet",
    "gemini": "gpt-4o",
}
EMBEDDER = "text-embedding-3-small"
MODELS = (*NATIVE.values(), EMBEDDER)


def four_deployments() -> World:
    """Two sub-accounts with two deployments each of every model."""
    world = World([Tenant(name, f"sb-{name}!b1|aicore!b540", f"secret of {name}") for name in SUB_ACCOUNTS])
    for name in SUB_ACCOUNTS:
        for model in MODELS:
            world.deploy(name, model)
            world.deploy(name, model)
    return world


@dataclass(frozen=True)
class Way:
    """How one client asks: its dialect, the model that answers, streamed or not."""

    dialect: str
    model: str
    stream: bool = False

    @property
    def path(self) -> str:
        match self.dialect:
            case "chat":
                return "/v1/chat/completions"
            case "gemini":
                method = "streamGenerateContent?alt=sse" if self.stream else "generateContent"
                return f"/v1beta/models/{self.model}:{method}"
            case name:
                return f"/v1/{name}"

    def body(self, text: str) -> dict[str, Any]:
        turns = [{"role": "user", "content": text}]
        match self.dialect:
            case "gemini":
                return {"contents": [{"role": "user", "parts": [{"text": text}]}]}
            case "embeddings":
                return {"model": self.model, "input": text}
            case "responses":
                return {"model": self.model, "input": text, "stream": self.stream}
            case "messages":
                return {"model": self.model, "messages": turns, "stream": self.stream, "max_tokens": 1000}
            case _:
                return {"model": self.model, "messages": turns, "stream": self.stream}

    def ask(self, stand: Stand, text: str, headers: Mapping[str, str] | None = None, **more: Any) -> Heard:
        answer = stand.request("POST", self.path, {**self.body(text), **more}, headers)
        return Heard(answer.status, answer.headers, answer.body)

    def __str__(self) -> str:
        return f"{self.dialect}-{self.model}-{'streamed' if self.stream else 'whole'}"


WAYS = tuple(
    Way(dialect, model, stream)
    for table in (NATIVE, TRANSLATED)
    for dialect, model in table.items()
    for stream in (False, True)
)
NATIVE_WAYS = WAYS[: len(WAYS) // 2]
"""To the family that speaks the dialect's own wire."""
EMBEDDINGS = Way("embeddings", EMBEDDER)
WHOLE_CALLS = (*(way for way in WAYS if not way.stream), EMBEDDINGS)


@dataclass(frozen=True)
class Told:
    """An error as each dialect says it: the status, and the word for it on the wires of OpenAI, Anthropic and
    Google."""

    status: int
    openai: str
    anthropic: str
    google: str

    def type_in(self, dialect: str) -> str:
        return {"messages": self.anthropic, "gemini": self.google}.get(dialect, self.openai)

    def status_in(self, dialect: str) -> int:
        """Anthropic has a status of its own for an overload."""
        return 529 if (dialect, self.anthropic) == ("messages", "overloaded_error") else self.status


def error_of(way: Way, heard: Heard) -> str | None:
    """The word for the error in an answer; None for one without."""
    error = heard.error
    return None if error is None else error["status" if way.dialect == "gemini" else "type"]


def text_of(heard: Heard) -> str:
    """What the model said; of embeddings, what kind of answer it is."""
    return heard.text or "".join(map(_text_in, heard.frames))


def _text_in(frame: Any) -> str:
    match frame:
        case {"type": "response.output_text.delta", "delta": str() as text}:
            return text
        case {"object": "response", "output": list() as items}:
            parts = [part for item in items if item["type"] == "message" for part in item["content"]]
            return "".join(part["text"] for part in parts)
        case {"candidates": [{"content": {"parts": list() as parts}}]}:
            return "".join(part.get("text", "") for part in parts)
        case {"object": "list", "data": [{"embedding": [*_]}]}:
            return "vectors"
        case _:
            return ""


def ended_well(heard: Heard) -> bool:
    """True when anything in a stream says that the answer is complete."""
    endings = (b'"finishReason"', b"event: response.completed", b"event: response.incomplete")
    return heard.ended_well or any(ending in heard.body for ending in endings)


def calls_of(stand: Stand, marked: str = "") -> Counter[str]:
    """How often each deployment was called, by requests whose body holds `marked`."""
    return Counter(seen.deployment for seen in stand.world.requests.inference() if marked in json.dumps(seen.body))
