"""Neutral requests to Gemini bodies."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ClientError
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    Message,
    Part,
    Reasoning,
    ReasoningPart,
    ResponseFormat,
    Role,
    Sampling,
    Signature,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolDefinition,
    ToolResultPart,
)
from proxy_core.upstream_families.base import RemoteFile, Target, UpstreamRequest
from proxy_core.upstream_families.gemini import Gemini
from proxy_core.upstream_families.gemini.tools import wire_name

PNG = "iVBORw0KGgoAAAAN"
WEATHER = ToolDefinition(
    "weather", "Tells the weather.", {"type": "object", "properties": {"city": {"type": "string"}}}
)
CLOCK = ToolDefinition("clock", "", {})
G25, G25_PRO, LITE, G3, G3_PRO, G20 = (
    "gemini-2.5-flash", "gemini-2.5-pro", "gemini-2.5-flash-lite", "gemini-3-flash", "gemini-3-pro-preview",
    "gemini-2.0-flash",
)  # fmt: skip


def fetched(url: str) -> RemoteFile:
    return RemoteFile("image/webp", f"bytes of {url}".encode())


def encode(messages: Sequence[Message] = (), model: str = G25, **options: Any) -> UpstreamRequest:
    options.setdefault("stream", False)
    request = ChatRequest(model="x", messages=tuple(messages) or (say("Hi"),), **options)
    return Gemini().encode_request(request, Target(model, "x", capabilities_of(model)), fetched)


def message(role: Role, *parts: Part) -> Message:
    return Message(role, parts)


def say(text: str) -> Message:
    return message("user", TextPart(text))


def call(name: str = "weather", arguments: str = "{}", identity: str = "c1", signature: str | None = None) -> Part:
    return ToolCallPart(identity, name, arguments, Signature("gemini", signature) if signature else None)


def result(text: str = "15 C", identity: str = "c1", *files: FilePart, is_error: bool = False) -> ToolResultPart:
    return ToolResultPart(identity, (TextPart(text), *files) if text else files, is_error=is_error)


def notes(sent: UpstreamRequest) -> list[str]:
    return [note.field for note in sent.diagnostics]


def contents(*messages: Message, model: str = G25) -> list[tuple[str, Any]]:
    return [(content["role"], content["parts"]) for content in encode(messages, model).body["contents"]]


def generation(model: str = G25, **options: Any) -> Any:
    return encode(model=model, **options).body.get("generationConfig")


def thinking(reasoning: Reasoning | None, model: str = G25, maximum: int | None = None) -> Any:
    config = generation(model, reasoning=reasoning, sampling=Sampling(max_output_tokens=maximum))
    return (config or {}).get("thinkingConfig")


# The call


def test_the_path_names_the_model_and_the_method() -> None:
    assert encode().path == "/models/gemini-2.5-flash:generateContent"
    assert encode(stream=True).path == "/models/gemini-2.5-flash:streamGenerateContent?alt=sse"


def test_the_smallest_request_is_only_contents() -> None:
    assert encode().body == {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_what_gemini_has_no_field_for_is_noted() -> None:
    sent = encode(user="me", parallel_tool_calls=False, tools=(WEATHER,))

    assert notes(sent) == ["parallel_tool_calls", "user"]


def test_safety_settings_pass_when_given() -> None:
    settings = [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}]

    assert encode(extras={"gemini.safety_settings": settings}).body["safetySettings"] == settings


# Turns


def test_leading_system_messages_are_the_system_instruction() -> None:
    sent = encode([message("system", TextPart("A")), message("system", TextPart("B")), say("Hi")])

    assert sent.body["systemInstruction"] == {"parts": [{"text": "A\n\nB"}]}
    assert len(sent.body["contents"]) == 1


def test_a_late_system_message_speaks_in_the_user_turn() -> None:
    found = contents(say("Hi"), message("system", TextPart("Be brief.")))

    assert found == [("user", [{"text": "Hi"}, {"text": "<system-reminder>\nBe brief.\n</system-reminder>"}])]


def test_neighbours_of_one_role_are_one_turn() -> None:
    found = contents(
        say("a"), say("b"), message("assistant", TextPart("c")), message("assistant", TextPart("d")), say("e")
    )

    assert [(role, len(parts)) for role, parts in found] == [("user", 2), ("model", 2), ("user", 1)]


def test_a_conversation_begins_and_ends_with_the_user() -> None:
    assert [role for role, _ in contents(message("assistant", TextPart("Hello")))] == ["user", "model", "user"]


def test_empty_texts_are_left_out_but_no_turn_is_empty() -> None:
    assert contents(message("user", TextPart(""))) == [("user", [{"text": "Continue."}])]


def test_a_system_message_alone_still_asks_something() -> None:
    assert [role for role, _ in contents(message("system", TextPart("A")))] == ["user"]


# Tool calls and results


def test_results_stand_first_and_in_the_order_of_their_calls() -> None:
    found = contents(
        say("Go"),
        message("assistant", call("weather", '{"city":"Bonn"}', "c1"), call("clock", "", "c2")),
        message("system", TextPart("Note")),
        message("user", TextPart("And?"), result("noon", "c2"), result("15 C", "c1")),
    )

    assert found[1][1] == [
        {"functionCall": {"name": "weather", "args": {"city": "Bonn"}}},
        {"functionCall": {"name": "clock", "args": {}}},
    ]
    assert found[2][1] == [
        {"functionResponse": {"name": "weather", "response": {"result": "15 C"}}},
        {"functionResponse": {"name": "clock", "response": {"result": "noon"}}},
        {"text": "<system-reminder>\nNote\n</system-reminder>"},
        {"text": "And?"},
    ]


def test_an_error_result_says_so() -> None:
    found = contents(say("Go"), message("assistant", call()), message("user", result("no net", is_error=True)))

    assert found[2][1][0]["functionResponse"]["response"] == {"error": "no net"}


def test_a_call_without_a_result_is_answered_for() -> None:
    sent = encode([say("Go"), message("assistant", call()), say("Stop.")])

    assert sent.body["contents"][2]["parts"][0]["functionResponse"]["response"] == {
        "error": "The tool gave no result."
    }
    assert notes(sent) == ["messages"]


def test_a_result_without_its_call_is_refused() -> None:
    with pytest.raises(ClientError, match="'c9'"):
        encode([say("Go"), message("assistant", call()), message("user", result(), result("x", "c9"))])


@pytest.mark.parametrize(("arguments", "sent"), [("", {}), ('{"a":', {"_raw": '{"a":'}), ("[1]", {"_raw": [1]})])
def test_arguments_become_an_object(arguments: str, sent: Any) -> None:
    found = contents(say("Go"), message("assistant", call(arguments=arguments)), message("user", result()))

    assert found[1][1][0]["functionCall"]["args"] == sent


def test_an_image_in_a_result_stands_inside_it_for_gemini_3() -> None:
    image = FilePart("image", "image/png", PNG)
    found = contents(say("Go"), message("assistant", call()), message("user", result("", "c1", image)), model=G3)

    assert found[2][1] == [
        {
            "functionResponse": {
                "name": "weather",
                "response": {"result": "See the attachment."},
                "parts": [{"inlineData": {"mimeType": "image/png", "data": PNG}}],
            }
        }
    ]


def test_an_image_in_a_result_stands_after_all_results_for_gemini_2() -> None:
    image = FilePart("image", "image/png", PNG)
    found = contents(
        say("Go"),
        message("assistant", call(identity="c1"), call(identity="c2")),
        message("user", result("a", "c1", image), result("b", "c2")),
    )

    assert [next(iter(part)) for part in found[2][1]] == [
        "functionResponse",
        "functionResponse",
        "text",
        "inlineData",
    ]


# Signatures


def test_own_signatures_return_on_their_parts() -> None:
    found = contents(
        say("Go"),
        message(
            "assistant",
            ReasoningPart("hm", Signature("gemini", "T")),
            TextPart("So", Signature("gemini", "X")),
            call(signature="C"),
        ),
        message("user", result()),
    )

    assert found[1][1] == [
        {"text": "", "thoughtSignature": "T"},
        {"text": "So", "thoughtSignature": "X"},
        {"functionCall": {"name": "weather", "args": {}}, "thoughtSignature": "C"},
    ]


def test_foreign_thoughts_are_left_out_and_noted_once() -> None:
    thought = ReasoningPart("hm", Signature("anthropic", "T"))
    sent = encode([say("a"), message("assistant", thought, thought, TextPart("b")), say("c")])

    assert sent.body["contents"][1]["parts"] == [{"text": "b"}]
    assert notes(sent) == ["messages[].thinking"]


def test_an_unsigned_call_of_the_current_turn_is_vouched_for_on_gemini_3() -> None:
    found = contents(
        say("old"),
        message("assistant", call(identity="o")),
        message("user", result(identity="o")),
        message("assistant", TextPart("done")),
        say("new"),
        message("assistant", TextPart("hm"), call(identity="c1"), call(identity="c2")),
        message("user", result(identity="c1"), result(identity="c2"), TextPart("go on")),
        message("assistant", call(identity="c3", signature="own")),
        message("user", result(identity="c3")),
        model=G3,
    )

    signatures = [part.get("thoughtSignature") for role, parts in found if role == "model" for part in parts]
    assert signatures == [None, None, None, "skip_thought_signature_validator", None, "own"]


def test_gemini_2_needs_no_placeholder() -> None:
    found = contents(say("new"), message("assistant", call()), message("user", result()))

    assert "thoughtSignature" not in found[1][1][0]


# Files


@pytest.mark.parametrize(
    ("part", "wire"),
    [
        (FilePart("image", "image/jpeg", PNG), {"inlineData": {"mimeType": "image/png", "data": PNG}}),
        (FilePart("document", "text/plain", "SGk="), {"inlineData": {"mimeType": "text/plain", "data": "SGk="}}),
        (
            FilePart("document", None, "JVBERi0x"),
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0x"}},
        ),
        (FilePart("audio", "audio/mp3", "UklGRg"), {"inlineData": {"mimeType": "audio/mp3", "data": "UklGRg"}}),
        (
            FilePart("image", "image/png", url="gs://b/x"),
            {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/x"}},
        ),
        (
            FilePart("image", url="https://a.example/x"),
            {"inlineData": {"mimeType": "image/webp", "data": "Ynl0ZXMgb2YgaHR0cHM6Ly9hLmV4YW1wbGUveA=="}},
        ),
    ],
)
def test_files_are_inlined(part: FilePart, wire: Any) -> None:
    assert contents(message("user", part)) == [("user", [wire])]


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(ClientError, match="file ids"):
        encode([message("user", FilePart("image"))])


# Tools


def test_tools_carry_json_schema() -> None:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "x": {"const": 1}}
    sent = encode(tools=(ToolDefinition("weather", "W", schema), CLOCK))

    assert sent.body["tools"] == [
        {
            "functionDeclarations": [
                {
                    "name": "weather",
                    "description": "W",
                    "parametersJsonSchema": {"type": "object", "x": {"const": 1}},
                },
                {"name": "clock", "parametersJsonSchema": {"type": "object"}},
            ]
        }
    ]
    assert "$schema" in schema


def test_old_models_get_the_small_schema_dialect() -> None:
    sent = encode(model=G20, tools=(ToolDefinition("t", "", {"type": "object", "additionalProperties": False}),))

    assert sent.body["tools"][0]["functionDeclarations"] == [{"name": "t", "parameters": {"type": "object"}}]


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        (ToolChoice("auto"), {"mode": "AUTO"}),
        (ToolChoice("none"), {"mode": "NONE"}),
        (ToolChoice("required"), {"mode": "ANY"}),
        (ToolChoice("one", "clock"), {"mode": "ANY", "allowedFunctionNames": ["clock"]}),
        (ToolChoice("required", names=("clock",)), {"mode": "ANY", "allowedFunctionNames": ["clock"]}),
    ],
)
def test_the_tool_choice_is_a_mode(choice: ToolChoice, config: Any) -> None:
    sent = encode(tools=(WEATHER, CLOCK), tool_choice=choice)

    assert sent.body["toolConfig"] == {"functionCallingConfig": config}


def test_an_automatic_choice_among_few_offers_only_those() -> None:
    sent = encode(tools=(WEATHER, CLOCK), tool_choice=ToolChoice("auto", names=("clock",)))

    assert [tool["name"] for tool in sent.body["tools"][0]["functionDeclarations"]] == ["clock"]


def test_a_choice_of_an_unknown_tool_is_refused() -> None:
    with pytest.raises(ClientError, match="'nope'") as caught:
        encode(tools=(WEATHER,), tool_choice=ToolChoice("one", "nope"))

    assert caught.value.param == "tool_choice"


def test_a_changed_name_is_the_same_in_definition_choice_and_history() -> None:
    name = "mcp/" + "x" * 80
    tool = ToolDefinition(name, "", {})
    sent = encode(
        [say("Go"), message("assistant", call(name)), message("user", result())],
        tools=(tool,),
        tool_choice=ToolChoice("one", name),
    )

    changed = sent.body["tools"][0]["functionDeclarations"][0]["name"]
    assert sent.tool_names == {changed: name}
    assert sent.body["toolConfig"]["functionCallingConfig"]["allowedFunctionNames"] == [changed]
    assert sent.body["contents"][1]["parts"][0]["functionCall"]["name"] == changed
    assert sent.body["contents"][2]["parts"][0]["functionResponse"]["name"] == changed


@given(st.text(), st.text())
def test_wire_names_are_valid_and_never_meet(first: str, second: str) -> None:
    name = wire_name(first)

    assert len(name) <= 64
    assert name.isascii()
    assert name[0].isalpha() or name[0] == "_"
    assert (name == wire_name(second)) == (first == second)


# Generation


def test_sampling_is_generation_config() -> None:
    sampling = Sampling(
        max_output_tokens=4096, temperature=0.2, top_p=0.9, top_k=40, stop=("a", "", "b"), seed=7,
        presence_penalty=0.1, frequency_penalty=0.0,
    )  # fmt: skip

    assert generation(sampling=sampling) == {
        "maxOutputTokens": 4096, "temperature": 0.2, "topP": 0.9, "topK": 40, "stopSequences": ["a", "b"],
        "seed": 7, "presencePenalty": 0.1, "frequencyPenalty": 0.0,
    }  # fmt: skip


def test_limits_are_kept_and_noted() -> None:
    sent = encode(sampling=Sampling(max_output_tokens=128_000, stop=tuple("abcdefg")))

    assert sent.body["generationConfig"] == {"maxOutputTokens": 65_536, "stopSequences": list("abcde")}
    assert notes(sent) == ["max_tokens", "stop"]


@pytest.mark.parametrize(
    ("reasoning", "model", "maximum", "config"),
    [
        (None, G25, None, None),
        (None, G25, 100, {"thinkingBudget": 0}),
        (None, G25_PRO, 100, {"thinkingBudget": 128}),
        (None, G3, 100, {"thinkingLevel": "minimal"}),
        (Reasoning("off"), G25, None, {"thinkingBudget": 0}),
        (Reasoning("off"), G25_PRO, None, {"thinkingBudget": 128}),
        (Reasoning("off"), G3, None, {"thinkingLevel": "minimal"}),
        (Reasoning("off"), G3_PRO, None, {"thinkingLevel": "low"}),
        (Reasoning("adaptive"), G25, None, {"includeThoughts": True, "thinkingBudget": -1}),
        (Reasoning("adaptive", effort="low"), G25, None, {"includeThoughts": True, "thinkingBudget": 4096}),
        (Reasoning("adaptive"), G3, None, {"includeThoughts": True}),
        (Reasoning("budget", budget_tokens=2000), G25, None, {"includeThoughts": True, "thinkingBudget": 2000}),
        (Reasoning("budget", budget_tokens=99_999), G25, None, {"includeThoughts": True, "thinkingBudget": 24_576}),
        (Reasoning("budget", budget_tokens=100), LITE, None, {"includeThoughts": True, "thinkingBudget": 512}),
        (Reasoning("budget", budget_tokens=0), G25, None, {"thinkingBudget": 0}),
        (Reasoning("budget", budget_tokens=1024), G25, 1, {"thinkingBudget": 0}),
        (Reasoning("budget", budget_tokens=4000), G25, 3000, {"includeThoughts": True, "thinkingBudget": 1500}),
        (Reasoning("budget", budget_tokens=2000), G3, None, {"includeThoughts": True, "thinkingLevel": "low"}),
        (Reasoning("budget", budget_tokens=8000), G3, None, {"includeThoughts": True, "thinkingLevel": "medium"}),
        (Reasoning("budget", budget_tokens=9000), G3, None, {"includeThoughts": True, "thinkingLevel": "high"}),
        (Reasoning("effort", effort="none"), G25, None, {"thinkingBudget": 0}),
        (Reasoning("effort", effort="high"), G25, None, {"includeThoughts": True, "thinkingBudget": 16_384}),
        (Reasoning("effort", effort="xhigh"), G25_PRO, None, {"includeThoughts": True, "thinkingBudget": 32_768}),
        (Reasoning("effort", effort="xhigh"), G3, None, {"includeThoughts": True, "thinkingLevel": "high"}),
        (Reasoning("effort", effort="none"), G3, None, {"thinkingLevel": "minimal"}),
        (Reasoning("effort", effort="high"), G20, None, None),
    ],
)
def test_thinking_fits_the_model(reasoning: Reasoning | None, model: str, maximum: int | None, config: Any) -> None:
    assert thinking(reasoning, model, maximum) == config


# Structured output


def test_json_is_an_answer_format() -> None:
    assert generation(response_format=ResponseFormat("json_object")) == {"responseMimeType": "application/json"}


def test_a_schema_goes_with_the_answer_format() -> None:
    schema = {"type": "object", "properties": {"a": {"const": 1}}}

    assert generation(response_format=ResponseFormat("json_schema", schema)) == {
        "responseMimeType": "application/json",
        "responseJsonSchema": schema,
    }
    assert "responseSchema" in generation(G20, response_format=ResponseFormat("json_schema", schema))


def test_beside_tools_gemini_2_is_told_the_format_in_words() -> None:
    wanted = ResponseFormat("json_schema", {"type": "object"})
    sent = encode([message("system", TextPart("Be kind.")), say("Hi")], tools=(WEATHER,), response_format=wanted)

    assert "generationConfig" not in sent.body
    text = sent.body["systemInstruction"]["parts"][0]["text"]
    assert text.startswith("Be kind.\n\n")
    assert text.endswith('\n{"type":"object"}')
    assert notes(sent) == ["response_format"]


def test_beside_tools_gemini_3_takes_the_format() -> None:
    sent = encode(model=G3, tools=(WEATHER,), response_format=ResponseFormat("json_object"))

    assert sent.body["generationConfig"] == {"responseMimeType": "application/json"}
