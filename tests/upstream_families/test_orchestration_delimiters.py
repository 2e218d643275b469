"""Delimiters broken on the way to a model behind orchestration come back whole, in whatever pieces they come."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart
from proxy_core.neutral.messages import (
    ChatRequest,
    ReasoningPart,
    ResponseFormat,
    TextPart,
    ToolCallPart,
)
from proxy_core.simulator.orchestration import family
from proxy_core.upstream_families.orchestration import Orchestration
from proxy_core.upstream_families.orchestration.delimiters import DelimiterMender, mends_delimiters
from tests.upstream_families.asked import SCHEMA, WEATHER, Upstream, request, say

GPT = Upstream(Orchestration(), family.handle, "orchestration", "gpt-4o")
BROKEN = "{\u200b{ a }} {\u200b% if %} {\u200b# c #} {\u200b{\u200b{"
WHOLE = "{{ a }} {% if %} {# c #} {{{"
ESCAPED = '{"old":"{\\u200b{ a }} {\\u200B% b %}"}'
TEMPLATED = request(say("Edit {{ a }}"), tools=(WEATHER,))
IN_JSON = request(say("Edit {{ a }}"), response_format=ResponseFormat("json_schema", schema=SCHEMA))


def mended(asked: ChatRequest, part: Any, pieces: Iterable[str]) -> list[Event]:
    mender = DelimiterMender(GPT.encode(asked))
    events: list[Event] = [PartStart(0, part), *(PartDelta(0, piece) for piece in pieces), PartEnd(0)]
    return [out for event in events for out in mender.mend([event])]


def text_of(events: Iterable[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, PartDelta))


@pytest.mark.parametrize("cut", range(len(BROKEN) + 1))
def test_a_text_is_mended_wherever_it_is_cut(cut: int) -> None:
    events = mended(TEMPLATED, TextPart(""), (BROKEN[:cut], BROKEN[cut:]))

    assert text_of(events) == WHOLE


@pytest.mark.parametrize(
    ("text", "whole"), [(BROKEN, WHOLE), (ESCAPED, '{"old":"{{ a }} {% b %}"}')], ids=["plain", "escaped"]
)
def test_arguments_are_mended_letter_by_letter(text: str, whole: str) -> None:
    assert text_of(mended(TEMPLATED, ToolCallPart("c", "edit", ""), text)) == whole


def test_structured_output_is_mended_as_json() -> None:
    assert text_of(mended(IN_JSON, TextPart(""), ESCAPED)) == '{"old":"{{ a }} {% b %}"}'


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (ReasoningPart(""), BROKEN),
        (TextPart(""), ESCAPED),
        (TextPart(""), "a \u200b b {\u200bc} {"),
        (ToolCallPart("c", "edit", ""), '{"a":"x\\u200by"}'),
    ],
    ids=["a signed thought", "an escape in plain words", "the character elsewhere", "in arguments elsewhere"],
)
def test_everything_else_stays(part: Any, text: str) -> None:
    assert text_of(mended(TEMPLATED, part, text)) == text


def test_what_waited_comes_before_the_part_ends() -> None:
    events = mended(TEMPLATED, TextPart(""), ["a {"])

    assert events[1:] == [PartDelta(0, "a "), PartDelta(0, "{"), PartEnd(0)]


@pytest.mark.parametrize(
    ("asked", "mends"),
    [
        (TEMPLATED, True),
        (request(say("{{ a }}")), False),
        (request(say("plain"), tools=(WEATHER,)), False),
        (request(say("\u200b"), tools=(WEATHER,)), False),
    ],
    ids=["tools", "no tools", "no delimiters", "the client's own character"],
)
def test_only_an_answer_to_broken_delimiters_is_mended(asked: ChatRequest, mends: bool) -> None:
    assert mends_delimiters(GPT.encode(asked)) is mends


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_model_s_words_and_calls_come_back_as_the_client_wrote_them(stream: bool) -> None:
    called = say('[[sim: call weather {"city": "{{ city }}"}]]')
    said = say("[[sim: say Use {{ city }} and {% raw %}]]")

    ask = GPT.streamed if stream else GPT.whole

    call = ask(request(called, tools=(WEATHER,))).parts[-1]
    text = ask(request(said, tools=(WEATHER,))).parts[-1]

    assert isinstance(call, ToolCallPart)
    assert json.loads(call.arguments) == {"city": "{{ city }}"}
    assert isinstance(text, TextPart)
    assert text.text == "Use {{ city }} and {% raw %}"
