"""Whole requests, as the Anthropic dialect reads them."""

import json
import time
from typing import Any

import pytest

from proxy_core.client_dialects.anthropic_messages import AnthropicMessages
from proxy_core.token_count import estimate_tokens
from tests.token_count.test_media import pdf, picture
from tests.token_count.test_texts import SAMPLES

CLAUDE = "claude-sonnet-4-5"
TEXTS = {sample["name"]: sample["text"] for sample in SAMPLES}
COUNTS = {sample["name"]: sample["cl100k"] for sample in SAMPLES}


def count(model: str = CLAUDE, **body: Any) -> int:
    request = AnthropicMessages().decode_request({"model": model, "max_tokens": 1, **body}, {})
    return estimate_tokens(request, model)


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def image(size: tuple[int, int]) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": picture("PNG", size)}}


def test_anthropics_own_example_of_a_text() -> None:
    counted = count(system="You are a scientist", messages=[user("Hello, Claude")])

    assert counted == pytest.approx(14, abs=3)


def test_anthropics_own_example_with_a_tool() -> None:
    place = {"type": "string", "description": "The city and state, e.g. San Francisco, CA"}
    schema = {"type": "object", "properties": {"location": place}, "required": ["location"]}
    tool = {
        "name": "get_weather",
        "description": "Get the current weather in a given location",
        "input_schema": schema,
    }

    counted = count(tools=[tool], messages=[user("What's the weather like in San Francisco?")])

    assert counted == pytest.approx(403, rel=0.15)


@pytest.mark.parametrize(
    ("kind", "tokens"), [("bash_20250124", 245), ("text_editor_20250728", 700), ("novel_20300101", 0)]
)
def test_tools_that_claude_knows_by_their_type_count(kind: str, tokens: int) -> None:
    """Anthropic's own figures, on top of the instructions for tools."""
    request = AnthropicMessages().decode_request({"model": CLAUDE, "max_tokens": 1, "messages": [user("hi")]}, {})
    plain = estimate_tokens(request, CLAUDE)

    assert estimate_tokens(request, CLAUDE, [kind]) == plain + tokens + 346
    assert estimate_tokens(request, "gpt-5", [kind]) == estimate_tokens(request, "gpt-5")


def test_a_conversation_full_of_tools_lies_within_fifteen_percent_of_claude() -> None:
    """Claude counts 1.15 to 1.2 tokens for one of cl100k, and 346 for its instructions."""
    calls = [json.loads(line) for line in TEXTS["arguments"].splitlines()]
    messages = [user(TEXTS["prose"])]
    for index, call in enumerate(calls):
        use = {"type": "tool_use", "id": f"toolu_{index}", "name": "edit_file", "input": call}
        result = {"type": "tool_result", "tool_use_id": f"toolu_{index}", "content": TEXTS["python"]}
        messages += [{"role": "assistant", "content": [use]}, user([result])]

    counted = count(tools=json.loads(TEXTS["tools"]), messages=messages)

    texts = COUNTS["tools"] + COUNTS["prose"] + COUNTS["arguments"] + len(calls) * COUNTS["python"]
    assert counted == pytest.approx(346 + 1.175 * texts, rel=0.15)


def test_other_families_count_fewer_tokens_than_claude() -> None:
    messages = [user(TEXTS["prose"])]

    assert count("gpt-5", messages=messages) < count(messages=messages)


def test_an_image_counts_by_its_size() -> None:
    without, small, large = (
        count(messages=[user([*parts, {"type": "text", "text": "What is it?"}])])
        for parts in ([], [image((300, 250))], [image((900, 750))])
    )

    assert (small - without, large - without) == (100, 900)


def test_an_image_in_a_tool_result_counts_too() -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    before = [user("Look."), {"role": "assistant", "content": [use]}]

    def counted(content: list[Any]) -> int:
        return count(
            messages=[*before, user([{"type": "tool_result", "tool_use_id": "toolu_1", "content": content}])]
        )

    assert counted([image((300, 250))]) - counted([]) == 100


def test_a_pdf_counts_by_its_pages() -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": pdf(3)}

    assert count(messages=[user([{"type": "document", "source": source}])]) == pytest.approx(6900, abs=20)


def test_thoughts_of_earlier_turns_do_not_count() -> None:
    thought = {"type": "thinking", "thinking": TEXTS["prose"], "signature": "s"}
    answer = {"type": "text", "text": "Yes."}

    counts = [
        count(messages=[user("Is it?"), {"role": "assistant", "content": content}, user("Why?")])
        for content in ([answer], [thought, answer])
    ]

    assert counts[0] == counts[1]


def test_thoughts_of_the_turn_under_way_count() -> None:
    thought = {"type": "thinking", "thinking": TEXTS["prose"], "signature": "s"}
    use = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}

    counts = [
        count(messages=[user("Look."), {"role": "assistant", "content": content}, user([result])])
        for content in ([use], [thought, use])
    ]

    assert counts[1] - counts[0] > COUNTS["prose"]


def test_an_encrypted_thought_counts_by_its_length() -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}
    hidden = {"type": "redacted_thinking", "data": "A" * 500}

    counts = [
        count(messages=[user("Look."), {"role": "assistant", "content": content}, user([result])])
        for content in ([use], [hidden, use])
    ]

    assert 90 < counts[1] - counts[0] < 110


def test_a_schema_for_the_answer_counts() -> None:
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in "abcdefgh"}}
    wanted = {"format": {"type": "json_schema", "schema": schema}}

    assert count(messages=[user("x")], output_config=wanted) > count(messages=[user("x")]) + 40


def test_a_hundred_kilobytes_take_less_than_twenty_milliseconds() -> None:
    text = "\n".join(TEXTS[name] for name in ("prose", "python", "tools", "arguments", "log", "markdown"))
    messages = [user((text * 20)[:100_000])]
    request = AnthropicMessages().decode_request({"model": CLAUDE, "max_tokens": 1, "messages": messages}, {})

    def seconds() -> float:
        begun = time.process_time()
        estimate_tokens(request, CLAUDE)
        return time.process_time() - begun

    assert min(seconds() for _ in range(5)) < 0.02
