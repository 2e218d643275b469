"""The grammar of Responses streams, for the tests of every encoder and adapter."""

import json
import re
from typing import Any

__all__ = ["check_responses_stream", "events_of", "without_ids"]

_OWN_ID = re.compile(r"(?<=_acp)[0-9a-f]{32}")
_ENDINGS = ("response.completed", "response.incomplete")


def events_of(stream: bytes) -> list[Any]:
    """The events of a stream. Each frame must have an `event:` line that says what its `type` says."""
    events = []
    for frame in stream.decode().split("\n\n"):
        if not frame or frame.startswith(":"):
            continue
        name, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert name == f"event: {event['type']}"
        events.append(event)
    return events


def check_responses_stream(events: list[Any]) -> dict[str, Any]:
    """Assert the order, the numbers and the completeness of a whole stream. Returns the last event's response."""
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[-1]["type"] in _ENDINGS
    items = _check_items(events[2:-1])
    response: dict[str, Any] = events[-1]["response"]
    assert response["id"] == events[0]["response"]["id"]
    assert response["output"] == items
    usage = response["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    return response


def _check_items(events: list[Any]) -> list[Any]:
    done: list[Any] = []
    opened: Any = None
    text = ""
    for event in events:
        assert event["output_index"] == len(done), event
        match event["type"].removeprefix("response."):
            case "output_item.added":
                assert opened is None, event
                opened, text = event["item"], ""
            case "output_item.done":
                assert opened is not None, event
                assert (event["item"]["id"], event["item"]["type"]) == (opened["id"], opened["type"])
                assert _said(event["item"]) == text or _is_empty_call(event["item"], text)
                done.append(event["item"])
                opened = None
            case _:
                assert opened is not None, event
                assert event["item_id"] == opened["id"], event
                text += event.get("delta", "")
    assert opened is None
    return done


def _said(item: Any) -> str:
    """What the deltas of an item must add up to."""
    match item["type"]:
        case "message":
            return "".join(part.get("text", part.get("refusal")) for part in item["content"])
        case "reasoning":
            return "".join(part["text"] for part in item["summary"])
        case "function_call":
            return str(item["arguments"])
        case "custom_tool_call":
            return str(item["input"])
        case _:
            return ""


def _is_empty_call(item: Any, text: str) -> bool:
    """A call without arguments needs no delta."""
    return item.get("arguments") == "{}" and not text


def without_ids(stream: bytes) -> bytes:
    """The stream with numbers in place of the random ids that the proxy makes."""
    numbers: dict[str, str] = {}
    return _OWN_ID.sub(lambda found: numbers.setdefault(found[0], str(len(numbers))), stream.decode()).encode()
