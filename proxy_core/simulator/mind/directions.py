"""Directions inside a user's text that steer a simulated model: `[[sim: WORD VALUE]]`.

They let a test, or a curious person, ask for one exact behaviour through any client:

    [[sim: say TEXT]]            answer exactly TEXT
    [[sim: words N]]             answer N words, one piece each
    [[sim: call NAME {JSON}]]    call tool NAME with these arguments (or its own); repeat it for more calls
    [[sim: parallel]]            call two tools at once
    [[sim: think N]]             think N words before the answer
    [[sim: redacted]]            think, and hide the thought where the wire can
    [[sim: refuse]]              end with a refusal
    [[sim: filter]]              the answer is stopped by the content filter
    [[sim: filter prompt]]       the prompt is refused by the content filter
    [[sim: length]]              end as if the token limit was reached
    [[sim: usage {JSON}]]        report these counts: input, output, thinking, cached
    [[sim: extra NAME VALUE]]    an oddity of one family: `Plan.extras[NAME] = VALUE`

A direction ends at the first `]]` after its value. Reads text only.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["AskedCall", "Directions", "read_directions", "what_the_user_said"]

OPENING = re.compile(r"\[\[\s*sim:\s*(\w+)\s*")
ADDED_BY_CLIENTS = re.compile(
    r"<(system-reminder|environment_context|environment_details|user_instructions)>.*?</\1>", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class AskedCall:
    """`arguments` is None when the direction leaves them to the model."""

    name: str
    arguments: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Directions:
    """`words` maps the other directions to their value text; `text` is what is left of the user's text."""

    text: str
    words: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[AskedCall, ...] = ()
    extras: Mapping[str, str] = field(default_factory=dict)

    def number(self, word: str) -> int | None:
        value = self.words.get(word, "")
        return int(value) if value.isdigit() else None

    def usage(self) -> Mapping[str, int]:
        return parsed_object(self.words.get("usage", "{}")) or {}


def what_the_user_said(text: str) -> str:
    """The text without the blocks that coding tools add to it."""
    return ADDED_BY_CLIENTS.sub("", text).strip()


def read_directions(text: str) -> Directions:
    """Split a user's text into directions and the rest. Text that only looks like a direction stays text."""
    words: dict[str, str] = {}
    calls: list[AskedCall] = []
    extras: dict[str, str] = {}
    kept: list[str] = []
    position = 0
    while opening := OPENING.search(text, position):
        value, end = direction_value(text, opening.end())
        if end < 0:
            break
        kept.append(text[position : opening.start()])
        position = end
        match opening[1]:
            case "call":
                calls.append(asked_call(value))
            case "extra":
                name, _, rest = value.partition(" ")
                extras[name] = rest.strip()
            case word:
                words[word] = value
    kept.append(text[position:])
    return Directions("".join(kept).strip(), words, tuple(calls), extras)


def direction_value(text: str, start: int) -> tuple[str, int]:
    """The value from `start`, and where the text goes on; -1 when the direction has no end.

    A JSON object is read as JSON, so that `]]` inside it does not end the direction.
    """
    closing = text.find("]]", start)
    brace = text.find("{", start, closing if closing >= 0 else None)
    if brace >= 0:
        try:
            closing = text.find("]]", json.JSONDecoder().raw_decode(text, brace)[1])
        except ValueError:
            closing = text.find("]]", start)
    if closing < 0:
        return "", -1
    return text[start:closing].strip(), closing + 2


def asked_call(value: str) -> AskedCall:
    name, _, arguments = value.partition(" ")
    return AskedCall(name, parsed_object(arguments))


def parsed_object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
