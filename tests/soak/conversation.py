"""One request of a soak and the judgement on its answer: whole and right, an honest error, or wrong."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["MODELS", "Question", "WrongAnswerError", "judge", "random_question"]

MODELS = ("gpt-4o", "gpt-5", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro", "mistralai--mistral-large-instruct")
_DIALECTS = ("chat", "messages", "responses", "gemini")
_MOST_WORDS = 300
_HONEST = frozenset({403, 404, 408, 429, 500, 502, 503, 504, 529})
"""Statuses that tell of trouble at SAP. A 400 would blame the client, a 401 its key."""


class WrongAnswerError(Exception):
    """What the client got is neither the answer nor an honest error."""


@dataclass(frozen=True)
class Question:
    """`said` is what the model is told to answer."""

    dialect: str
    model: str
    stream: bool
    said: str

    @property
    def path(self) -> str:
        match self.dialect:
            case "chat":
                return "/v1/chat/completions"
            case "gemini":
                verb = "streamGenerateContent?alt=sse" if self.stream else "generateContent"
                return f"/v1beta/models/{self.model}:{verb}"
            case _:
                return f"/v1/{self.dialect}"

    @property
    def body(self) -> dict[str, Any]:
        text = f"[[sim: say {self.said}]]"
        common = {"model": self.model, "stream": self.stream}
        turns = [{"role": "user", "content": text}]
        match self.dialect:
            case "gemini":
                return {"contents": [{"role": "user", "parts": [{"text": text}]}]}
            case "responses":
                return {**common, "input": text}
            case "messages":
                return {**common, "messages": turns, "max_tokens": 4000}
            case _:
                return {**common, "messages": turns}


def random_question(chance: random.Random) -> Question:
    words = (f"w{chance.randrange(10_000)}" for _ in range(chance.randint(1, _MOST_WORDS)))
    return Question(
        dialect=chance.choice(_DIALECTS),
        model=chance.choice(MODELS),
        stream=chance.random() < 0.7,
        said=" ".join(words),
    )


def judge(question: Question, status: int, body: bytes) -> str:
    """`answered`, `refused` (an error before content) or `broken off` (an error frame after a part of the answer).
    Raises `WrongAnswerError`."""
    if status != 200:
        if status not in _HONEST or not _tells_error(json.loads(body)):
            raise WrongAnswerError(f"{question}: status {status}: {body[:300]!r}")
        return "refused"
    frames = list(_frames(body)) if question.stream else [json.loads(body)]
    text = "".join(piece for frame in frames for piece in _texts(frame))
    if any(map(_tells_error, frames)):
        if not question.said.startswith(text):
            raise WrongAnswerError(f"{question}: an error after another text: {text[:300]!r}")
        return "broken off" if text else "refused"
    if text != question.said:
        raise WrongAnswerError(f"{question}: another answer, without an error: {body[-600:]!r}")
    if question.stream and not any(map(_ends, frames)):
        raise WrongAnswerError(f"{question}: a stream without its end: {body[-300:]!r}")
    return "answered"


def _frames(body: bytes) -> Iterator[Any]:
    for line in body.decode().splitlines():
        if line.startswith("data: ") and line != "data: [DONE]":
            yield json.loads(line[6:])


def _texts(frame: Any) -> Iterator[str]:
    match frame:
        case {"choices": [{"delta": dict() as piece}]} | {"choices": [{"message": dict() as piece}]}:
            yield piece.get("content") or ""
        case {"type": "content_block_delta", "delta": {"type": "text_delta", "text": str() as text}}:
            yield text
        case {"type": "message", "content": list() as blocks}:
            yield from (block["text"] for block in blocks if block["type"] == "text")
        case {"type": "response.output_text.delta", "delta": str() as text}:
            yield text
        case {"object": "response", "output": list() as items}:
            parts = (part for item in items if item["type"] == "message" for part in item["content"])
            yield from (part["text"] for part in parts)
        case {"candidates": [{"content": {"parts": list() as parts}}, *_]}:
            yield from (part["text"] for part in parts if "text" in part and not part.get("thought"))


def _ends(frame: Any) -> bool:
    match frame:
        case {"choices": [{"finish_reason": str()}]} | {"type": "message_stop" | "response.completed"}:
            return True
        case {"candidates": [{"finishReason": str()}, *_]}:
            return True
        case _:
            return False


def _tells_error(frame: Any) -> bool:
    return bool(frame.get("error")) or frame.get("type") in ("error", "response.failed")
