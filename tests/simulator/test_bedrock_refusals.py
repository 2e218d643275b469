"""The simulated Claude refuses what the real one refuses, in its words."""

from typing import Any

import pytest

from tests.simulator.awkward import awkward_bodies
from tests.simulator.bedrock_calls import OPUS_48, PNG, SONNET_45, SONNET_46, TOOL, claude, invoke, invoked, refusal

HELLO = {"role": "user", "content": "Hello"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Berlin"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "15 C"}
NO_EXTRAS = "Extra inputs are not permitted"


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def image(media_type: str, data: str = PNG) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}


SCOPED = {"type": "ephemeral", "scope": "global"}
SHAPE = [
    ({"anthropic_version": None}, "anthropic_version: Field required"),
    ({"anthropic_version": "2023-06-01"}, "anthropic_version: Input should be 'bedrock-2023-05-31'"),
    ({"max_tokens": None}, "max_tokens: Field required"),
    ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
    ({"messages": None}, "messages: Field required"),
    ({"messages": "Hello"}, "messages: Input should be a valid list"),
    ({"messages": []}, "messages: at least one message is required"),
    ({"model": "claude"}, f"model: {NO_EXTRAS}"),
    ({"stream": True}, f"stream: {NO_EXTRAS}"),
    ({"context_management": {}}, f"context_management: {NO_EXTRAS}"),
    ({"metadata": {"user_id": "me", "app": "x"}}, f"metadata.app: {NO_EXTRAS}"),
    (
        {"messages": [HELLO, {"role": "system", "content": "Be brief"}]},
        "messages.1.role: Input should be 'user' or 'assistant'",
    ),
    ({"messages": [user(text("hi", index=1))]}, f"messages.0.content.0.text.index: {NO_EXTRAS}"),
    (
        {"system": [text("a"), text("b"), text("c", cache_control=SCOPED)]},
        f"system.2.cache_control.ephemeral.scope: {NO_EXTRAS}",
    ),
    ({"tools": [{**TOOL, "cache_control": SCOPED}]}, f"tools.0.custom.cache_control.ephemeral.scope: {NO_EXTRAS}"),
    ({"tools": [{**TOOL, "defer_loading": True}]}, f"tools.0.custom.defer_loading: {NO_EXTRAS}"),
    (
        {"tools": [{**TOOL, "name": "my tool"}]},
        "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'",
    ),
    (
        {"tools": [{"name": "a", "input_schema": {"properties": {}}}]},
        "tools.0.custom.input_schema.type: Field required",
    ),
    (
        {"tools": [{"name": "a", "input_schema": {"type": "object", "anyOf": [{}]}}]},
        "tools.0.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level",
    ),
    ({"tools": [TOOL, TOOL]}, "tools: Tool names must be unique."),
    ({"tool_choice": {"type": "auto"}}, "tool_choice: tool_choice may only be specified while providing tools"),
    ({"anthropic_beta": ["oauth-2025-04-20"]}, "invalid beta flag"),
    ({"anthropic_beta": ["interleaved-thinking-2025-05-14", "prompt-caching-2024-07-31"]}, "invalid beta flag"),
]


@pytest.mark.parametrize(("changes", "words"), SHAPE)
def test_a_wrong_shape_is_refused_with_its_path(changes: dict[str, Any], words: str) -> None:
    assert refusal(claude(**changes)) == words


def test_a_server_tool_is_an_unknown_tag() -> None:
    words = refusal(claude(tools=[{"type": "web_search_20250305", "name": "web_search"}]))

    assert words.startswith("tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of")


def test_an_invalid_tool_schema_is_refused() -> None:
    tool = {"name": "a", "input_schema": {"type": "object", "properties": {"n": {"type": "int"}}}}

    assert refusal(claude(tools=[tool])).startswith("tools.0.custom.input_schema: JSON schema is invalid.")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"[" * 100_000])
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    assert refusal(body) == "Malformed input request, please reformat your input and try again."


def test_half_a_surrogate_pair_is_refused() -> None:
    body = b'{"messages": "\\ud83d"}'

    assert refusal(body).startswith("The request body is not valid JSON: no low surrogate")


THINK = {"type": "enabled", "budget_tokens": 2000}
OPTIONS = [
    (
        SONNET_45,
        {"thinking": {"type": "enabled", "budget_tokens": 1000}},
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
    ),
    (SONNET_45, {"thinking": {"type": "enabled", "budget_tokens": 4000}}, "`max_tokens` must be greater than"),
    (SONNET_45, {"thinking": {"type": "adaptive"}}, "adaptive thinking is not supported on this model"),
    (OPUS_48, {"thinking": THINK}, '"thinking.type.enabled" is not supported for this model.'),
    (
        SONNET_46,
        {"thinking": {"type": "adaptive", "display": "omitted"}},
        f"thinking.adaptive.display: {NO_EXTRAS}",
    ),
    (SONNET_45, {"output_config": {"effort": "high"}}, f"output_config.effort: {NO_EXTRAS}"),
    (SONNET_46, {"output_config": {"format": {}}}, f"output_config.format: {NO_EXTRAS}"),
    (
        SONNET_45,
        {"thinking": THINK, "temperature": 0.5},
        "`temperature` may only be set to 1 when thinking is enabled.",
    ),
    (OPUS_48, {"temperature": 1}, "`temperature` is deprecated for this model."),
    (SONNET_45, {"temperature": 0.5, "top_p": 0.5}, "`temperature` and `top_p` cannot both be specified"),
    (SONNET_45, {"temperature": 1.5}, "temperature: Input should be less than or equal to 1"),
    (
        SONNET_45,
        {"thinking": THINK, "tools": [TOOL], "tool_choice": {"type": "any"}},
        "Thinking may not be enabled when tool_choice forces tool use.",
    ),
    (SONNET_45, {"stop_sequences": ["\n"]}, "stop_sequences: each stop sequence must contain non-whitespace"),
    (
        "anthropic--claude-3.5-sonnet",
        {"max_tokens": 64_000},
        "max_tokens: 64000 > 8192, which is the maximum allowed number of output tokens for claude-3",
    ),
    (SONNET_46, {"anthropic_beta": ["context-1m-2025-08-07"]}, "invalid beta flag"),
    (
        SONNET_45,
        {"messages": [{"role": "user", "content": "word " * 170_000}]},
        "prompt is too long: 212503 tokens > 200000 maximum",
    ),
]


@pytest.mark.parametrize(("model", "changes", "words"), OPTIONS)
def test_options_follow_the_model_generation(model: str, changes: dict[str, Any], words: str) -> None:
    assert refusal(claude(**changes), model).startswith(words)


ACCEPTED = [
    (SONNET_45, {"thinking": THINK, "temperature": 1}),
    (SONNET_46, {"thinking": THINK}),
    (SONNET_46, {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}),
    (OPUS_48, {"thinking": {"type": "adaptive"}, "max_tokens": 128_000}),
    (OPUS_48, {"thinking": {"type": "disabled"}}),
    (
        SONNET_45,
        {"anthropic_beta": ["context-1m-2025-08-07"], "messages": [{"role": "user", "content": "w " * 450_000}]},
    ),
    (
        SONNET_45,
        {"system": [text("a", cache_control={"type": "ephemeral", "ttl": "1h"})], "metadata": {"user_id": "x"}},
    ),
]


@pytest.mark.parametrize(("model", "changes"), ACCEPTED)
def test_good_options_are_accepted(model: str, changes: dict[str, Any]) -> None:
    assert invoke(claude(**changes), model).status == 200


TURNS = [
    ([user(text("  \n"))], "messages: text content blocks must contain non-whitespace text"),
    ([user(text(""))], "messages: text content blocks must be non-empty"),
    (
        [user()],
        "messages.0: all messages must have non-empty content except for the optional final assistant message",
    ),
    ([assistant(text("hi")), HELLO], 'messages: first message must use the "user" role'),
    (
        [HELLO, assistant(USE), user(text("and?"))],
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.",
    ),
    (
        [HELLO, assistant(USE), user(text("first"), RESULT)],
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.",
    ),
    (
        [HELLO, assistant(text("hi")), user(RESULT)],
        "messages.2.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1.",
    ),
    (
        [HELLO, assistant(USE), user(RESULT, RESULT)],
        "messages.2.content.1: each tool_use must have a single result.",
    ),
    (
        [HELLO, assistant(USE), user({**RESULT, "content": [{"type": "tool_reference", "tool_name": "x"}]})],
        "messages.2.content.0.tool_result.content.0: Input tag 'tool_reference' found using 'type'",
    ),
    (
        [user(image("image/jpeg"))],
        "messages.0.content.0.image.source.base64: The image was specified using the image/jpeg media type",
    ),
    ([user(image("image/png", "aGVsbG8="))], "Could not process image"),
    (
        [user({"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}})],
        "messages.0.content.0.image.source: Input tag 'url' found using 'type'",
    ),
    (
        [HELLO, assistant({"type": "thinking", "thinking": "hm", "signature": "EpACforeign"}, text("hi")), HELLO],
        "messages.1.content.0: Invalid `signature` in `thinking` block",
    ),
    (
        [HELLO, assistant({"type": "thinking", "thinking": "hm"}, text("hi")), HELLO],
        "messages.1.content.0.thinking.signature: Field required",
    ),
    ([HELLO, assistant(text("So "))], "messages: final assistant content cannot end with trailing whitespace"),
]


@pytest.mark.parametrize(("messages", "words"), TURNS)
def test_a_wrong_turn_is_refused(messages: list[Any], words: str) -> None:
    assert refusal(claude(messages=messages, tools=[TOOL])).startswith(words)


@pytest.mark.parametrize(("model", "status"), [(SONNET_45, 200), (SONNET_46, 400), (OPUS_48, 400)])
def test_prefill_is_refused_from_4_6_on(model: str, status: int) -> None:
    body = claude(messages=[HELLO, assistant(text("The answer is"))])

    assert invoke(body, model).status == status


def test_enabled_thinking_wants_the_thinking_of_the_tool_turn() -> None:
    body = claude(messages=[HELLO, assistant(USE), user(RESULT)], tools=[TOOL], thinking=THINK)

    assert "Expected `thinking` or `redacted_thinking`, but found `tool_use`" in refusal(body)


def test_own_thinking_comes_back_and_an_altered_one_does_not() -> None:
    body = claude(messages=[{"role": "user", "content": "weather in Berlin?"}], tools=[TOOL], thinking=THINK)
    content = invoked(body)["content"]
    call_id = next(block["id"] for block in content if block["type"] == "tool_use")
    turns = [*body["messages"], assistant(*content), user({**RESULT, "tool_use_id": call_id})]
    altered = [*body["messages"], assistant({**content[0], "thinking": "else"}, *content[1:]), turns[-1]]

    assert invoke({**body, "messages": turns}).status == 200
    assert refusal({**body, "messages": altered}) == "messages.1.content.0: Invalid `signature` in `thinking` block"


def test_nova_does_not_speak_the_messages_format() -> None:
    assert refusal(claude(), "amazon--nova-pro").startswith("Malformed input request: extraneous key")


GOOD = claude(
    messages=[HELLO, assistant(text("x"), USE), user(RESULT, text("and"), image("image/png"))],
    system=[text("s", cache_control={"type": "ephemeral"})],
    tools=[TOOL],
    tool_choice={"type": "auto"},
    thinking={"type": "disabled"},
    stop_sequences=["q"],
    temperature=1,
)


def test_every_awkward_body_is_answered_or_refused() -> None:
    statuses = {invoke(body).status for body in awkward_bodies(GOOD)}

    assert statuses == {200, 400}
