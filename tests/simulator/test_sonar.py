"""Perplexity's Sonar over the wire."""

import json
from typing import Any

import pytest

from tests.simulator.caller import Caller, Got, function

USER = {"role": "user", "content": "hi"}
ASSISTANT = {"role": "assistant", "content": "x"}
SYSTEM = {"role": "system", "content": "s"}


@pytest.fixture
def us(caller: Caller) -> Caller:
    return Caller(caller.simulator, "demo-us")


def chat(us: Caller, **body: Any) -> Got:
    return us.infer("sonar", "/chat/completions", {"model": "sonar", "messages": [USER], **body})


def test_an_answer_names_its_sources(us: Caller) -> None:
    body = chat(us).json

    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["citations"] == [result["url"] for result in body["search_results"]]


def test_each_frame_repeats_the_text_so_far_and_nothing_says_done(us: Caller) -> None:
    lines = [line for line in chat(us, stream=True).text.split("\n\n") if line]
    frames = [json.loads(line[6:]) for line in lines]

    said = "".join(frame["choices"][0]["delta"]["content"] for frame in frames)
    assert frames[-1]["choices"][0]["message"]["content"] == said
    assert frames[-1]["object"] == "chat.completion.done"
    assert all("usage" in frame and "citations" in frame for frame in frames)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "sonar-pro"},
        {"messages": []},
        {"messages": [USER, USER]},
        {"messages": [USER, SYSTEM, ASSISTANT, USER]},
        {"messages": [USER, ASSISTANT]},
        {"messages": [SYSTEM]},
        {"messages": [{"role": "tool", "content": "x"}]},
        {"tools": [function("a")]},
        {"reasoning_effort": "extreme"},
    ],
)
def test_what_is_wrong_is_refused(us: Caller, changes: dict[str, Any]) -> None:
    got = chat(us, **changes)

    assert got.status == 400
    assert got.json["error"]["message"]
