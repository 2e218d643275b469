"""Chat completions bodies to neutral requests."""

from typing import Any

import pytest

from proxy_core.client_dialects.openai_chat import OpenAIChat
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    Message,
    Part,
    Reasoning,
    ReasoningPart,
    ResponseFormat,
    Sampling,
    Signature,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolDefinition,
    ToolResultPart,
)

USER = {"role": "user", "content": "hi"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}
MARK = {"anthropic.cache_control": {"type": "ephemeral"}}


def decode(**body: Any) -> ChatRequest:
    return OpenAIChat().decode_request({"model": "m", "messages": [USER], **body}, {})


def decode_messages(*messages: JsonObject) -> tuple[Message, ...]:
    return decode(messages=list(messages)).messages


def decode_part(part: Any) -> Part:
    (message,) = decode_messages({"role": "user", "content": [part]})
    return message.parts[0]


def call(identity: str = "c", name: str = "f", arguments: Any = "{}", **more: Any) -> JsonObject:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}, **more}


def test_a_plain_request() -> None:
    assert decode(stream=True) == ChatRequest(
        model="m", messages=(Message("user", (TextPart("hi"),)),), stream=True
    )


def test_system_and_developer_messages_may_stand_anywhere() -> None:
    messages = decode_messages({"role": "developer", "content": "a"}, USER, {"role": "system", "content": "b"})

    assert [message.role for message in messages] == ["system", "user", "system"]


@pytest.mark.parametrize(
    "content",
    [
        "x-anthropic-billing-header: cc_version=2;",
        [{"type": "text", "text": "x-anthropic-billing-header: cc_version=2;"}],
    ],
)
def test_the_note_to_anthropics_billing_stays_behind(content: Any) -> None:
    """Routers pass on Claude Code's system prompt as it is."""
    system = {"role": "system", "content": content}

    assert decode_messages(system, {"role": "system", "content": "s"}, USER) == (
        Message("system", (TextPart("s"),)),
        Message("user", (TextPart("hi"),)),
    )


def test_a_user_may_write_of_billing() -> None:
    text = "x-anthropic-billing-header: what is that?"

    assert decode_messages({"role": "user", "content": [{"type": "text", "text": text}]}) == (
        Message("user", (TextPart(text),)),
    )


def test_tool_messages_and_the_next_user_message_are_one_turn() -> None:
    messages = decode_messages(
        USER,
        {"role": "assistant", "content": "", "tool_calls": [call("c"), call("d", "g", "")]},
        {"role": "tool", "tool_call_id": "c", "content": "15 C"},
        {"role": "tool", "tool_call_id": "d", "content": [{"type": "text", "text": "x"}]},
        {"role": "user", "content": "and now?"},
    )

    assert messages[1] == Message("assistant", (ToolCallPart("c", "f", "{}"), ToolCallPart("d", "g", "")))
    assert messages[2] == Message(
        "user",
        (
            ToolResultPart("c", (TextPart("15 C"),), name="f"),
            ToolResultPart("d", (TextPart("x"),), name="g"),
            TextPart("and now?"),
        ),
    )
    assert len(messages) == 3


def test_two_user_messages_stay_two() -> None:
    assert len(decode_messages(USER, USER)) == 2


def test_broken_arguments_stay_as_they_are() -> None:
    (message,) = decode_messages({"role": "assistant", "content": None, "tool_calls": [call(arguments='{"a')]})

    assert message.parts == (ToolCallPart("c", "f", '{"a'),)


def test_arguments_may_be_an_object() -> None:
    (message,) = decode_messages({"role": "assistant", "tool_calls": [call(arguments={"a": 1})]})

    assert message.parts == (ToolCallPart("c", "f", '{"a":1}'),)


def test_the_old_function_form_gets_ids() -> None:
    messages = decode_messages(
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "15 C"},
    )

    assert messages[0].parts == (ToolCallPart("call_function_1", "f", "{}"),)
    assert messages[1].parts == (ToolResultPart("call_function_1", (TextPart("15 C"),), name="f"),)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "text", "text": "x"}, TextPart("x")),
        ({"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}, TextPart("x", extras=MARK)),
        ("x", TextPart("x")),
        (
            {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,QQ==", "detail": "low"}},
            FilePart("image", media_type="image/jpeg", data="QQ==", extras={"openai.detail": "low"}),
        ),
        ({"type": "image_url", "image_url": "https://a.b/c.png"}, FilePart("image", url="https://a.b/c.png")),
        (
            {"type": "image", "source": {"type": "url", "url": "https://a.b/c.png"}},
            FilePart("image", url="https://a.b/c.png"),
        ),
        ({"type": "input_image", "image_url": "https://a.b/c.png"}, FilePart("image", url="https://a.b/c.png")),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,QQ==", "filename": "a.pdf"}},
            FilePart("document", media_type="application/pdf", data="QQ==", filename="a.pdf"),
        ),
        (
            {"type": "file", "file": {"file_data": "QQ==", "filename": "a.csv"}},
            FilePart("document", media_type="text/csv", data="QQ==", filename="a.csv"),
        ),
        (
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "QQ=="}},
            FilePart("document", media_type="application/pdf", data="QQ==", filename="document.pdf"),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "QQ==", "format": "mp3"}},
            FilePart("audio", media_type="audio/mpeg", data="QQ=="),
        ),
    ],
)
def test_parts_are_decoded(part: Any, expected: Part) -> None:
    assert decode_part(part) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reasoning_content": "t"}, ReasoningPart("t")),
        (
            {"reasoning_content": [{"content": "t", "signature": "s"}]},
            ReasoningPart("t", Signature("anthropic", "s")),
        ),
        ({"reasoning": "t"}, ReasoningPart("t")),
        ({"thinking": {"content": "t", "signature": "s"}}, ReasoningPart("t", Signature("anthropic", "s"))),
        (
            {
                "reasoning_content": "other",
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "t", "signature": "s", "format": "google-gemini-v1"}
                ],
            },
            ReasoningPart("t", Signature("gemini", "s")),
        ),
    ],
)
def test_thoughts_stand_first(fields: JsonObject, expected: ReasoningPart) -> None:
    (message,) = decode_messages({"role": "assistant", "content": "x", **fields})

    assert message.parts == (expected, TextPart("x"))


def test_googles_signature_stays_with_its_call() -> None:
    extra = {"google": {"thought_signature": "s"}}
    (message,) = decode_messages({"role": "assistant", "tool_calls": [call(extra_content=extra)]})

    assert message.parts == (ToolCallPart("c", "f", "{}", signature=Signature("gemini", "s")),)


def test_anthropics_parts_in_a_chat_body() -> None:
    messages = decode_messages(
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "t", "signature": "s"},
                {"type": "tool_use", "id": "c", "name": "f", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "c", "content": "no", "is_error": True}],
        },
    )

    assert messages[0].parts == (
        ReasoningPart("t", Signature("anthropic", "s")),
        ToolCallPart("c", "f", "{}"),
    )
    assert messages[1].parts == (ToolResultPart("c", (TextPart("no"),), is_error=True, name="f"),)


def test_a_cache_mark_on_a_message_counts_for_its_last_part() -> None:
    (message,) = decode_messages(
        {
            "role": "system",
            "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            "cache_control": {"type": "ephemeral"},
        }
    )

    assert message.parts == (TextPart("a"), TextPart("b", extras=MARK))


@pytest.mark.parametrize(
    "tool",
    [
        TOOL,
        {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA},
        {"name": "f", "description": "d", "input_schema": SCHEMA},
        {"type": "custom", "name": "f", "description": "d", "input_schema": SCHEMA},
    ],
)
def test_tools_come_in_several_shapes(tool: JsonObject) -> None:
    assert decode(tools=[tool]).tools == (ToolDefinition("f", "d", SCHEMA),)


def test_a_free_form_tool_takes_one_text() -> None:
    (tool,) = decode(tools=[{"type": "custom", "custom": {"name": "patch", "description": "d"}}]).tools

    assert (tool.name, tool.description) == ("patch", "d")
    assert list(tool.parameters["properties"]) == ["input"]


def test_server_tools_stay_behind_with_a_choice_that_names_them() -> None:
    request = decode(tools=[TOOL, {"type": "web_search_preview"}], tool_choice={"type": "web_search_preview"})

    assert [tool.name for tool in request.tools] == ["f"]
    assert request.tool_choice == ToolChoice("auto")
    assert [note.field for note in request.diagnostics] == ["tools[1]", "tool_choice"]


def test_a_function_without_parameters_takes_none() -> None:
    assert decode(functions=[{"name": "f"}]).tools == (
        ToolDefinition("f", "", {"type": "object", "properties": {}}),
    )


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", ToolChoice("auto")),
        ("required", ToolChoice("required")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice("one", name="f")),
        ({"type": "tool", "name": "f"}, ToolChoice("one", name="f")),
        ({"type": "any"}, ToolChoice("required")),
        (
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [TOOL]}},
            ToolChoice("required", names=("f",)),
        ),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]},
            ToolChoice("auto", names=("f",)),
        ),
    ],
)
def test_tool_choices_are_decoded(choice: Any, expected: ToolChoice) -> None:
    assert decode(tools=[TOOL], tool_choice=choice).tool_choice == expected


def test_a_choice_without_tools_says_nothing() -> None:
    assert decode(tool_choice="auto").tool_choice is None


def test_the_old_function_choice() -> None:
    assert decode(functions=[{"name": "f"}], function_call={"name": "f"}).tool_choice == ToolChoice("one", name="f")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"reasoning_effort": "high"}, Reasoning("effort", effort="high")),
        ({"reasoning_effort": "none"}, Reasoning("off")),
        ({"reasoning": {"effort": "low", "enabled": True}}, Reasoning("effort", effort="low")),
        ({"reasoning": {"max_tokens": 2000}}, Reasoning("budget", budget_tokens=2000)),
        ({"reasoning": {"enabled": False}}, Reasoning("off")),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, Reasoning("budget", budget_tokens=1024)),
        ({"thinking": {"type": "enabled"}}, Reasoning("adaptive")),
        ({"thinking": {"type": "disabled"}}, Reasoning("off")),
        (
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}},
            Reasoning("adaptive", effort="max"),
        ),
        ({"enable_thinking": True, "thinking_budget": 512}, Reasoning("budget", budget_tokens=512)),
        ({"enable_thinking": False}, Reasoning("off")),
        ({}, None),
    ],
)
def test_thinking_is_decoded_from_any_vendors_field(body: JsonObject, expected: Reasoning | None) -> None:
    request = decode(**body)

    assert request.reasoning == expected
    assert request.diagnostics == ()


def test_sampling_is_decoded() -> None:
    request = decode(
        max_tokens=1,
        max_completion_tokens=2.0,
        temperature=0,
        top_p=0.5,
        top_k=3,
        stop="x",
        seed=4,
        presence_penalty=1,
    )

    assert request.sampling == Sampling(
        max_output_tokens=2, temperature=0, top_p=0.5, top_k=3, stop=("x",), seed=4, presence_penalty=1
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, ResponseFormat("json_object")),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}},
            ResponseFormat("json_schema", schema=SCHEMA, name="n", strict=True),
        ),
    ],
)
def test_response_formats_are_decoded(value: JsonObject, expected: ResponseFormat | None) -> None:
    assert decode(response_format=value).response_format == expected


def test_a_speakers_name_is_named_as_lost() -> None:
    request = decode(messages=[{"role": "user", "name": "Ada", "content": "hi"}])

    assert [note.field for note in request.diagnostics] == ["messages[].name"]


def test_fields_without_a_counterpart_are_named() -> None:
    request = decode(logprobs=True, logit_bias={}, stream_options={}, store=None, user="u")

    assert [note.field for note in request.diagnostics] == ["logprobs", "logit_bias"]
    assert request.user == "u"


def test_responses_items_are_messages() -> None:
    request = OpenAIChat().decode_request({"model": "m", "input": "hi", "instructions": "Be kind."}, {})

    assert [message.role for message in request.messages] == ["system", "user"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["hi"]}, "messages[0]"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [7]}]}, "messages[0].content[0]"),
        ({"messages": [USER, {"role": "user", "content": [{"type": "text"}]}]}, "messages[1].content[0].text"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "messages[0].content[0].type"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": 7}}]}]},
            "messages[0].content[0].image_url.url",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "ftp://x"}}]}]},
            "messages[0].content[0].image_url.url",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x,y"}}]}]},
            "messages[0].content[0].image_url.url",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]},
            "messages[0].content[0].file.file_id",
        ),
        (
            {"messages": [{"role": "system", "content": [{"type": "image_url", "image_url": "https://x"}]}]},
            "messages[0].content[0]",
        ),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "c"}]}]}, "messages[0].tool_calls[0].function"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [call(arguments=7)]}]},
            "messages[0].tool_calls[0].function.arguments",
        ),
        ({"messages": [{"role": "function", "name": "f", "content": "x"}]}, "messages[0]"),
        ({"model": None}, "model"),
        ({"model": 7}, "model"),
        ({"stream": "yes"}, "stream"),
        ({"n": 2}, "n"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"stop": [1]}, "stop"),
        ({"tools": {}}, "tools"),
        ({"tools": [7]}, "tools[0]"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {"name": 7}}]}, "tools[0].function.name"),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": "x"}}]},
            "tools[0].function.parameters",
        ),
        ({"tools": [TOOL], "tool_choice": "maybe"}, "tool_choice"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.schema"),
        ({"reasoning_effort": 3}, "reasoning_effort"),
        ({"thinking": {"type": "sometimes"}}, "thinking.type"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_by_its_path(body: JsonObject, path: str) -> None:
    with pytest.raises(ClientError) as caught:
        decode(**body)

    assert caught.value.param == path
    assert f"`{path}`" in caught.value.message
    assert caught.value.status == 400
