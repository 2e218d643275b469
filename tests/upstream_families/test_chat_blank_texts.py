"""Blank texts in a chat conversation."""

from typing import Any

import pytest

from proxy_core.neutral.messages import TextPart, ToolCallPart, ToolResultPart
from proxy_core.simulator.cohere import family as cohere
from proxy_core.simulator.orchestration import family as orchestration
from proxy_core.upstream_families.chat_wire.blank_texts import without_blanks
from proxy_core.upstream_families.cohere import Cohere
from proxy_core.upstream_families.orchestration import Orchestration
from tests.upstream_families.asked import WEATHER, Upstream, message, request, say

COMMAND = Upstream(Cohere(), cohere.handle, "aicore-cohere", "cohere--command-a-reasoning")
CLAUDE = Upstream(Orchestration(), orchestration.handle, "orchestration", "anthropic--claude-4.5-sonnet")
BLANK: dict[str, Any] = {"type": "text", "text": " \n"}
TEXT: dict[str, Any] = {"type": "text", "text": "hi"}
IMAGE: dict[str, Any] = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
CALLS: list[Any] = [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]

RESULT = {"role": "tool", "tool_call_id": "c1"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"role": "user", "content": " "}, {"role": "user", "content": "(no content)"}),
        ({"role": "user", "content": [BLANK]}, {"role": "user", "content": "(no content)"}),
        ({"role": "user", "content": [BLANK, TEXT]}, {"role": "user", "content": [TEXT]}),
        ({"role": "user", "content": [IMAGE, BLANK]}, {"role": "user", "content": [IMAGE]}),
        ({**RESULT, "content": ""}, {**RESULT, "content": "(no content)"}),
        ({"role": "assistant", "content": "\t", "tool_calls": CALLS}, {"role": "assistant", "tool_calls": CALLS}),
    ],
)  # fmt: skip
def test_a_blank_text_goes_or_says_so(given: Any, expected: Any) -> None:
    assert without_blanks([given]) == [expected]


@pytest.mark.parametrize("role", ["system", "developer", "assistant"])
def test_a_message_without_a_word_goes(role: str) -> None:
    assert without_blanks([{"role": role, "content": " "}]) == []


@pytest.mark.parametrize("content", ["hi", [TEXT], [IMAGE]])
def test_what_says_something_stays_the_same_object(content: Any) -> None:
    given = {"role": "user", "content": content}

    assert without_blanks([given])[0] is given


CONVERSATION = (
    message("system", TextPart(" ")),
    say(" "),
    message("assistant", TextPart("\n"), ToolCallPart("c1", "weather", '{"city":"Rome"}')),
    message("user", ToolResultPart("c1", (TextPart(""),))),
    message("assistant", TextPart("  ")),
    say("so?"),
)


def test_claude_behind_orchestration_gets_no_blank_text() -> None:
    body = CLAUDE.body(request(*CONVERSATION, tools=(WEATHER,)))

    [last] = body["config"]["modules"]["prompt_templating"]["prompt"]["template"]
    assert [(one["role"], one.get("content")) for one in [*body["messages_history"], last]] == [
        ("user", "(no content)"),
        ("assistant", None),
        ("tool", "(no content)"),
        ("user", "so?"),
    ]


def test_cohere_gets_no_blank_text() -> None:
    messages = COMMAND.body(request(*CONVERSATION, tools=(WEATHER,)))["messages"]

    assert [(one["role"], one.get("content")) for one in messages] == [
        ("user", "(no content)"),
        ("assistant", None),
        ("tool", "(no content)"),
        ("user", "so?"),
    ]
