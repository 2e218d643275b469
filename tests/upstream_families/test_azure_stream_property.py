"""The stream adapter works on bytes; whatever a model writes, the result is as if every frame had been parsed."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from proxy_core.upstream_families.chat_wire.stream_adapter import ChatStreamAdapter

SAFE = {"hate": {"filtered": False, "severity": "safe"}, "custom": {"details": [{"id": "x"}]}}
TRICKS = [
    '"model":"gpt-4o"',
    '"finish_reason":"stop"',
    '"finish_reason":null',
    '"usage":{',
    "[DONE]",
    '"error":',
    '"delta":',
    "\n\ndata: ",
    '"content_filter_results":{},',
]
words = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), st.sampled_from(TRICKS)
)
filters = st.sampled_from([{}, SAFE, {"hate": {"filtered": False}}, None])


def chunk(delta: Any, finish: str | None, notes: Any, *, notes_first: bool = True) -> dict[str, Any]:
    choice: dict[str, Any] = {"content_filter_results": notes} if notes is not None and notes_first else {}
    choice |= {"delta": delta}
    if notes is not None and not notes_first:
        choice |= {"content_filter_results": notes}
    choice |= {"finish_reason": finish, "index": 0}
    return {"choices": [choice], "created": 1, "id": "chatcmpl-A", "model": "gpt-4o", "usage": None}


def cleaned(value: dict[str, Any]) -> dict[str, Any]:
    choices = [{key: value for key, value in choice.items() if "filter" not in key} for choice in value["choices"]]
    return {**value, "model": 'my "gpt"', "choices": choices}


@settings(deadline=None)
@given(
    texts=st.lists(st.tuples(words, filters), min_size=1, max_size=12),
    notes_first=st.booleans(),
    spaced=st.booleans(),
    cuts=st.lists(st.integers(0, 4000), max_size=6),
)
def test_bytes_are_adapted_as_if_they_were_parsed(
    texts: list[tuple[str, Any]], notes_first: bool, spaced: bool, cuts: list[int]
) -> None:
    sent = [chunk({"content": text}, None, notes, notes_first=notes_first) for text, notes in texts]
    sent.append(chunk({}, "stop", {}))
    separators = (", ", ": ") if spaced else (",", ":")
    frames = [json.dumps(value, separators=separators, ensure_ascii=False) for value in sent]
    data = "".join(f"data: {frame}\n\n" for frame in [*frames, "[DONE]"]).encode()
    adapter = ChatStreamAdapter(model='my "gpt"', with_usage=True, tool_names={}, custom_tools=frozenset())

    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    out = b"".join(adapter.feed(data[a:b]) for a, b in pairwise(bounds)) + adapter.close()

    received = [frame.removeprefix("data: ") for frame in out.decode().split("\n\n")[:-1]]
    assert received.pop() == "[DONE]"
    assert [json.loads(frame) for frame in received] == [cleaned(value) for value in sent]
