"""Responses bodies to neutral requests."""

from typing import Any

import pytest

from proxy_core.client_dialects.openai_responses import OpenAIResponses, OpenAIResponsesCompact
from proxy_core.errors import ClientError
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    Message,
    Reasoning,
    ReasoningPart,
    ResponseFormat,
    Sampling,
    Signature,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from proxy_core.wire.openai.responses_reasoning import encode_summary
from proxy_core.wire.wrapping import wrap

WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
PATCH = {
    "type": "custom",
    "name": "patch",
    "description": "Patches.",
    "format": {"type": "grammar", "definition": "a b"},
}
AGENTS = {"type": "namespace", "name": "agents", "description": "Helpers.", "tools": [{**WEATHER, "name": "spawn"}]}


def decode(items: Any = "hello", **body: Any) -> ChatRequest:
    return OpenAIResponses().decode_request({"model": "m", "input": items, **body}, {})


def refusal(**body: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        OpenAIResponses().decode_request({"model": "m", **body}, {})
    return caught.value


def user(*parts: Any) -> Message:
    return Message("user", parts)


def dropped(request: ChatRequest) -> set[str]:
    return {note.field for note in request.diagnostics}


# --- messages


def test_text_is_one_user_message() -> None:
    assert decode().messages == (user(TextPart("hello")),)


def test_instructions_and_developer_messages_are_system_messages() -> None:
    request = decode([{"role": "developer", "content": "b"}, {"role": "user", "content": "c"}], instructions="a")

    assert [(message.role, message.parts) for message in request.messages] == [
        ("system", (TextPart("a"),)),
        ("system", (TextPart("b"),)),
        ("user", (TextPart("c"),)),
    ]


def test_what_a_model_said_in_a_row_is_one_turn() -> None:
    request = decode(
        [
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"x":1}'},
            {"type": "function_call_output", "call_id": "c", "output": "42"},
            {"role": "user", "content": "go on"},
        ]
    )

    assert request.messages == (
        Message(
            "assistant",
            (
                ReasoningPart("", Signature("openai", "rs_1 gAAA")),
                TextPart("a"),
                ToolCallPart("c", "f", '{"x":1}'),
            ),
        ),
        user(ToolResultPart("c", (TextPart("42"),), name="f"), TextPart("go on")),
    )


def test_images_and_files_are_read() -> None:
    content = [
        {"type": "input_text", "text": "see"},
        {"type": "input_image", "image_url": "data:image/gif;base64,QQ==", "detail": "low"},
        {"type": "input_image", "image_url": "https://a.example/b.png"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="},
        {"type": "input_file", "file_url": "https://a.example/b.pdf"},
    ]

    assert decode([{"role": "user", "content": content}]).messages[0].parts == (
        TextPart("see"),
        FilePart("image", media_type="image/gif", data="QQ==", extras={"openai.detail": "low"}),
        FilePart("image", url="https://a.example/b.png"),
        FilePart("document", media_type="application/pdf", data="QQ==", filename="a.pdf"),
        FilePart("document", url="https://a.example/b.pdf"),
    )


def test_a_picture_in_a_tools_output_is_read() -> None:
    output = [
        {"type": "input_text", "text": "x"},
        {"type": "input_image", "image_url": "data:image/png;base64,QQ=="},
    ]
    request = decode([{"type": "function_call_output", "call_id": "c", "output": output}])

    assert request.messages == (
        user(ToolResultPart("c", (TextPart("x"), FilePart("image", media_type="image/png", data="QQ==")))),
    )


def test_text_types_that_clients_mix_up_are_text() -> None:
    request = decode([{"role": "assistant", "content": [{"type": "input_text", "text": "a"}, "b"]}])

    assert request.messages == (Message("assistant", (TextPart("a"), TextPart("b"))),)


@pytest.mark.parametrize(
    ("seal", "part"),
    [
        (wrap("anthropic", "sig"), ReasoningPart("Hm.", Signature("anthropic", "sig"))),
        (wrap("redacted", "data"), ReasoningPart("", redacted="data")),
        (wrap("openai", "rs_9 gAAA"), ReasoningPart("Hm.", Signature("openai", "rs_9 gAAA"))),
        (wrap("unknown", "x"), ReasoningPart("Hm.")),
        (None, ReasoningPart("Hm.")),
    ],
)
def test_a_thought_brings_its_proof_home(seal: str | None, part: ReasoningPart) -> None:
    summary = [{"type": "summary_text", "text": "Hm."}]
    item = {"type": "reasoning", "summary": summary, "content": None, "encrypted_content": seal}

    assert decode([item, {"role": "assistant", "content": "a"}]).messages[0].parts[0] == part


def test_an_empty_thought_with_geminis_proof_belongs_to_the_call_after_it() -> None:
    request = decode(
        [
            {"type": "reasoning", "summary": [], "encrypted_content": wrap("gemini", "g")},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        ]
    )

    assert request.messages == (Message("assistant", (ToolCallPart("c", "f", "{}", Signature("gemini", "g")),)),)


def test_a_thought_that_nobody_can_read_is_noted() -> None:
    request = decode([{"type": "reasoning", "id": "rs_1", "summary": []}, {"role": "user", "content": "a"}])

    assert request.messages == (user(TextPart("a")),)
    assert dropped(request) == {"input[0]"}


def test_a_folded_conversation_is_told_to_the_model() -> None:
    request = decode([{"type": "compaction", "encrypted_content": encode_summary("We built a tower.")}])

    assert request.messages == (user(TextPart("What was said before, in short:\n\nWe built a tower.")),)


def test_items_of_tools_at_the_vendor_are_noted() -> None:
    request = decode([{"type": "web_search_call", "id": "ws_1"}, {"role": "user", "content": "a"}])

    assert dropped(request) == {"input[0]"}


def test_calls_of_the_built_in_shell_are_calls() -> None:
    request = decode(
        [
            {"type": "local_shell_call", "call_id": "c", "action": {"command": ["ls"]}},
            {"type": "local_shell_call_output", "id": "c", "output": "a.txt"},
        ]
    )

    assert request.messages == (
        Message("assistant", (ToolCallPart("c", "local_shell", '{"action":{"command":["ls"]}}'),)),
        user(ToolResultPart("c", (TextPart("a.txt"),), name="local_shell")),
    )


# --- tools


def test_free_form_tools_become_functions_with_one_text() -> None:
    (tool,) = decode(tools=[PATCH]).tools

    assert tool.name == "patch"
    assert tool.description == "Patches.\n\nThe input follows this grammar:\na b"
    assert tool.parameters["required"] == ["input"]


def test_tools_of_a_namespace_become_functions() -> None:
    (tool,) = decode(tools=[AGENTS]).tools

    assert (tool.name, tool.description) == ("agents__spawn", "Helpers.")


def test_tools_of_the_lite_form_are_unfolded() -> None:
    lite = {"type": "additional_tools", "role": "developer", "tools": [{**AGENTS, "tools": [PATCH, WEATHER]}]}
    request = decode([lite, {"role": "user", "content": "a"}], tools=[WEATHER])

    assert [tool.name for tool in request.tools] == ["weather", "agents__patch", "agents__weather"]
    assert request.messages == (user(TextPart("a")),)


def test_tools_that_run_at_the_vendor_are_noted() -> None:
    request = decode(tools=[{"type": "web_search"}, WEATHER, {"type": "mcp", "server_label": "x"}])

    assert [tool.name for tool in request.tools] == ["weather"]
    assert dropped(request) == {"tools[0]", "tools[2]"}


def test_calls_and_results_of_such_tools_are_the_functions_own() -> None:
    request = decode(
        [
            {"type": "custom_tool_call", "call_id": "a", "name": "patch", "input": "*** Begin"},
            {"type": "function_call", "call_id": "b", "name": "spawn", "namespace": "agents", "arguments": ""},
            {"type": "custom_tool_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "ok"}]},
        ],
        tools=[PATCH, AGENTS],
    )

    assert request.messages == (
        Message(
            "assistant",
            (ToolCallPart("a", "patch", '{"input":"*** Begin"}'), ToolCallPart("b", "agents__spawn", "{}")),
        ),
        user(ToolResultPart("a", (TextPart("ok"),), name="patch")),
    )


def test_a_namespaced_tool_does_not_take_another_tools_name() -> None:
    taken = {**WEATHER, "name": "agents__spawn"}

    assert [tool.name for tool in decode(tools=[taken, AGENTS]).tools] == ["agents__spawn", "agents__spawn_"]


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ("required", ToolChoice("required")),
        ({"type": "function", "name": "weather"}, ToolChoice("one", name="weather")),
        ({"type": "custom", "name": "patch"}, ToolChoice("one", name="patch")),
        ({"type": "function", "name": "spawn", "namespace": "agents"}, ToolChoice("one", name="agents__spawn")),
        ({"type": "web_search"}, ToolChoice("auto")),
        ({"type": "function", "name": "gone"}, ToolChoice("auto")),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "weather"}]},
            ToolChoice("required", names=("weather",)),
        ),
        ({"type": "allowed_tools", "mode": "required", "tools": [{"type": "web_search"}]}, ToolChoice("auto")),
        (None, None),
    ],
)
def test_the_tool_choice_is_repaired(choice: Any, wanted: ToolChoice | None) -> None:
    tools = [WEATHER, PATCH, AGENTS, {"type": "web_search"}]

    assert decode(tools=tools, tool_choice=choice).tool_choice == wanted


def test_a_choice_without_tools_is_none() -> None:
    request = decode(tools=[{"type": "web_search"}], tool_choice="required")

    assert request.tool_choice is None
    assert "tool_choice" in dropped(request)


# --- the rest


def test_parameters_are_read() -> None:
    request = decode(
        max_output_tokens=99,
        temperature=0.5,
        top_p=0.9,
        parallel_tool_calls=False,
        user="me",
        stream=True,
        reasoning={"effort": "high", "summary": "auto"},
        text={"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}, "strict": True}},
    )

    assert request.sampling == Sampling(max_output_tokens=99, temperature=0.5, top_p=0.9)
    assert request.reasoning == Reasoning("effort", effort="high")
    assert request.response_format == ResponseFormat("json_schema", {"type": "object"}, "n", strict=True)
    assert (request.parallel_tool_calls, request.user, request.stream) == (False, "me", True)


@pytest.mark.parametrize(
    ("reasoning", "wanted"),
    [({"summary": "auto"}, None), ({}, None), ({"effort": "none"}, Reasoning("off"))],
)
def test_a_summary_alone_asks_for_no_thinking(reasoning: Any, wanted: Reasoning | None) -> None:
    """Codex sends it to every model."""
    assert decode(reasoning=reasoning).reasoning == wanted


def test_what_has_no_counterpart_is_noted() -> None:
    request = decode(truncation="auto", client_metadata={"a": "b"}, text={"verbosity": "low"}, store=False)

    assert dropped(request) == {"truncation", "client_metadata", "text.verbosity"}


def test_a_trigger_asks_for_a_summary_and_forbids_calls() -> None:
    request = decode([{"role": "user", "content": "a"}, {"type": "compaction_trigger"}], tools=[WEATHER])

    assert request.messages[0] == user(TextPart("a"))
    assert "summary" in str(request.messages[1].parts[0])
    assert request.tool_choice == ToolChoice("none")


def test_compaction_by_its_own_path_asks_the_same() -> None:
    body = {"model": "m", "input": "a"}
    triggered = {"model": "m", "input": [{"role": "user", "content": "a"}, {"type": "compaction_trigger"}]}

    assert OpenAIResponsesCompact().decode_request(body, {}) == OpenAIResponses().decode_request(triggered, {})


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": 7}, "input"),
        ({"input": [7]}, "input[0]"),
        ({"input": [{}]}, "input[0].type"),
        ({"input": [{"type": "nonsense"}]}, "input[0].type"),
        ({"input": [{"role": "tool", "content": "x"}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": 7}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": [{"type": 7}]}]}, "input[0].content[0].type"),
        ({"input": [{"role": "user", "content": [{"type": "input_text"}]}]}, "input[0].content[0].text"),
        ({"input": [{"role": "user", "content": [{"type": "hologram"}]}]}, "input[0].content[0].type"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
            "input[0].content[0].file_id",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "ftp://x"}]}]},
            "input[0].content[0].image_url",
        ),
        ({"input": [{"type": "function_call", "name": "f"}]}, "input[0].call_id"),
        ({"input": [{"type": "function_call", "call_id": "c"}]}, "input[0].name"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0]"),
        ({"input": [{"type": "compaction", "encrypted_content": "gAAA"}]}, "input[0]"),
        ({"input": "a", "previous_response_id": "resp_1"}, "previous_response_id"),
        ({"input": "a", "conversation": "conv_1"}, "conversation"),
        ({"input": "a", "prompt": {"id": "p"}}, "prompt"),
        ({"input": "a", "tools": {}}, "tools"),
        ({"input": "a", "tools": [7]}, "tools[0]"),
        ({"input": "a", "tools": [{"type": "function"}]}, "tools[0].name"),
        ({"input": "a", "tools": [{"type": "namespace", "name": "n"}]}, "tools[0].tools"),
        ({"input": "a", "tools": [WEATHER], "tool_choice": 7}, "tool_choice"),
        ({"input": "a", "text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"input": "a", "text": {"format": {"type": "json_schema"}}}, "text.format.schema"),
        ({"input": "a", "max_output_tokens": 0}, "max_output_tokens"),
        ({"input": "a", "reasoning": "high"}, "reasoning"),
        ({"input": "a", "reasoning": {"effort": 7}}, "reasoning.effort"),
        ({"input": "a", "temperature": "hot"}, "temperature"),
    ],
)
def test_a_wrong_field_is_named(body: Any, param: str) -> None:
    assert refusal(**body).param == param
