"""Neutral requests to Converse bodies that the simulated Bedrock judges, and its answers back."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from proxy_core.errors import ClientError, ErrorKind, UpstreamError
from proxy_core.neutral.messages import (
    ChatRequest,
    FilePart,
    FinishKind,
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
from proxy_core.simulator.bedrock import converse
from proxy_core.simulator.bedrock.eventstream import CONTENT_TYPE
from proxy_core.upstream_families.bedrock_converse import BedrockConverse
from tests.upstream_families.asked import CLOCK, PNG, SCHEMA, WEATHER, Upstream, fetch, message, request, say

NOVA = Upstream(BedrockConverse(), converse.handle, "aws-bedrock", "amazon--nova-pro")
LITE = replace(NOVA, model="amazon--nova-lite")
MICRO = replace(NOVA, model="amazon--nova-micro")
SONNET_45 = replace(NOVA, model="anthropic--claude-4.5-sonnet")
OPUS_48 = replace(NOVA, model="anthropic--claude-4.8-opus")
BOTH = pytest.mark.parametrize("upstream", [NOVA, SONNET_45], ids=["nova", "claude"])
CALL = message("assistant", ToolCallPart("call.1", "weather", '{"city":"Rome"}'))
RESULT = message("user", ToolResultPart("call.1", (TextPart("sunny"),)))
USED = (say("weather?"), CALL, RESULT)


def test_leading_system_messages_go_to_the_system_field() -> None:
    body = NOVA.body(request(message("system", TextPart("Be brief.")), say("hi")))

    assert body == {"messages": [{"role": "user", "content": [{"text": "hi"}]}], "system": [{"text": "Be brief."}]}


def test_turns_alternate_and_begin_with_the_user() -> None:
    turns = [message("assistant", TextPart("Hello.")), say("a"), say("b"), message("system", TextPart("Be brief."))]

    body = NOVA.body(request(*turns))

    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    assert [block["text"] for block in body["messages"][2]["content"]] == [
        "a", "b", "<system-reminder>\nBe brief.\n</system-reminder>",
    ]  # fmt: skip


def test_a_conversation_of_system_messages_alone_gets_a_user() -> None:
    body = NOVA.body(request(message("system", TextPart("Be brief."))))

    assert body["messages"] == [{"role": "user", "content": [{"text": "(no content)"}]}]


@BOTH
def test_calls_and_results_keep_their_pairs(upstream: Upstream) -> None:
    body = upstream.body(request(*USED, tools=(WEATHER,)))

    call = body["messages"][1]["content"][0]["toolUse"]
    result = body["messages"][2]["content"][0]["toolResult"]
    assert call["toolUseId"] == result["toolUseId"]
    assert (call["input"], result["content"]) == ({"city": "Rome"}, [{"text": "sunny"}])


@BOTH
def test_a_history_of_calls_gets_a_stub_where_no_tool_is_offered(upstream: Upstream) -> None:
    body = upstream.body(request(*USED))

    assert [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]] == ["weather"]
    assert body["system"] == [{"text": "Do not call any tool now: answer with text."}]


@BOTH
def test_the_choice_none_leaves_the_tools_out(upstream: Upstream) -> None:
    body = upstream.body(request(say("weather?"), tools=(WEATHER,), tool_choice=ToolChoice("none")))

    assert "toolConfig" not in body


def test_the_choice_none_keeps_the_tools_of_a_history_of_calls() -> None:
    body = NOVA.body(request(*USED, tools=(WEATHER,), tool_choice=ToolChoice("none")))

    assert "toolChoice" not in body["toolConfig"]
    assert body["system"] == [{"text": "Do not call any tool now: answer with text."}]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ToolChoice("auto"), {"auto": {}}),
        (ToolChoice("required"), {"any": {}}),
        (ToolChoice("one", "clock"), {"tool": {"name": "clock"}}),
    ],
)
def test_tool_choice(choice: ToolChoice, expected: dict[str, Any]) -> None:
    assert NOVA.body(request(tools=(WEATHER, CLOCK), tool_choice=choice))["toolConfig"]["toolChoice"] == expected


def test_only_the_allowed_tools_are_sent() -> None:
    body = NOVA.body(request(tools=(WEATHER, CLOCK), tool_choice=ToolChoice("required", names=("clock",))))

    assert [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]] == ["clock"]


def test_an_unknown_tool_cannot_be_chosen() -> None:
    with pytest.raises(ClientError) as refused:
        NOVA.encode(request(tools=(WEATHER,), tool_choice=ToolChoice("one", "nothing")))

    assert refused.value.param == "tool_choice"


def test_a_tool_without_a_description_gets_its_name() -> None:
    body = NOVA.body(request(tools=(CLOCK,)))

    assert body["toolConfig"]["tools"][0]["toolSpec"]["description"] == "clock"


def test_nova_gets_a_plain_schema_root() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {"to": {"$ref": "#/$defs/Place"}},
        "additionalProperties": False,
        "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }

    body = NOVA.body(request(tools=(ToolDefinition("travel", "Travels", schema),)))

    assert body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"] == {
        "type": "object",
        "properties": {"to": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }


def test_a_long_tool_name_comes_back_as_the_clients() -> None:
    name = "mcp__server__" + "very_long_" * 8
    tool = replace(WEATHER, name=name)

    answer = NOVA.whole(request(say("[[sim: parallel]] weather?"), tools=(tool, CLOCK)))

    assert [part.name for part in answer.parts if isinstance(part, ToolCallPart)] == [name, "clock"]


@pytest.mark.parametrize("upstream", [LITE, SONNET_45], ids=["nova", "claude"])
def test_results_carry_images(upstream: Upstream) -> None:
    result = ToolResultPart("call.1", (TextPart("see"), FilePart("image", "image/jpeg", PNG)), is_error=True)

    body = upstream.body(request(say("look"), CALL, message("user", result), tools=(WEATHER,)))

    assert body["messages"][2]["content"][0]["toolResult"]["content"][1]["image"]["format"] == "png"
    assert body["messages"][2]["content"][0]["toolResult"]["status"] == "error"


def test_an_empty_result_says_so() -> None:
    body = NOVA.body(request(say("x"), CALL, message("user", ToolResultPart("call.1", ())), tools=(WEATHER,)))

    assert body["messages"][2]["content"][0]["toolResult"]["content"] == [{"text": "(no content)"}]


def test_images_by_url_are_fetched() -> None:
    body = NOVA.body(request(message("user", FilePart("image", url="https://example.com/a.png"))))

    assert body["messages"][0]["content"] == [{"image": {"format": "png", "source": {"bytes": PNG}}}]


def test_documents_get_plain_names_that_differ_and_a_text_beside_them() -> None:
    pdf = FilePart("document", "application/pdf", "JVBERi0=", filename="Üb_er  sicht (1).pdf")

    blocks = NOVA.body(request(message("user", pdf, pdf)))["messages"][0]["content"]

    assert [block["document"]["name"] for block in blocks[:2]] == ["b er sicht (1)", "b er sicht (1) 2"]
    assert blocks[2] == {"text": "See the attachment."}


def test_a_text_document_goes_as_text() -> None:
    data = base64.b64encode(b"a;b").decode()

    body = NOVA.body(request(message("user", FilePart("document", "text/plain", data, filename="a.txt"))))

    assert body["messages"][0]["content"] == [{"text": "a.txt:\na;b"}]


@pytest.mark.parametrize(
    "part",
    [
        FilePart("image", "image/png", PNG),
        FilePart("audio", "audio/wav", "UklGRg=="),
        FilePart("document", "application/pdf", "JVBERi3/"),
        FilePart("document"),
    ],
    ids=lambda part: part.kind,
)
def test_what_a_model_cannot_read_is_refused_with_its_place(part: FilePart) -> None:
    with pytest.raises(ClientError) as refused:
        MICRO.encode(request(message("user", TextPart("see"), part)))

    assert refused.value.param == "messages[0].content[1]"


def test_limits_and_sampling() -> None:
    sampling = Sampling(max_output_tokens=100_000, temperature=1.5, top_p=0.5, top_k=3, stop=("END", " "), seed=1)

    sent = NOVA.encode(request(sampling=sampling))

    NOVA.answered(sent)
    assert sent.body["inferenceConfig"] == {
        "maxTokens": 8192, "temperature": 1, "topP": 0.5, "stopSequences": ["END"],
    }  # fmt: skip
    assert sent.body["additionalModelRequestFields"] == {"inferenceConfig": {"topK": 3}}
    assert {note.field for note in sent.diagnostics} == {"max_tokens", "temperature", "stop", "seed"}


def test_nova_thinks_by_effort() -> None:
    body = LITE.body(request(reasoning=Reasoning("effort", "low"), sampling=Sampling(max_output_tokens=100)))

    fields = {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}}
    assert (body["additionalModelRequestFields"], body["inferenceConfig"]) == (fields, {"maxTokens": 100})


def test_with_high_effort_nova_takes_no_limits() -> None:
    body = LITE.body(request(reasoning=Reasoning("budget", budget_tokens=20_000), sampling=Sampling(100, 0.5)))

    assert "inferenceConfig" not in body


def test_claude_thinks_and_its_thought_goes_home() -> None:
    thinking = Reasoning("effort", "high")
    first = SONNET_45.whole(request(say("weather in Rome?"), tools=(WEATHER,), reasoning=thinking))
    call = first.parts[-1]
    assert isinstance(call, ToolCallPart)

    history = (
        say("weather in Rome?"),
        message("assistant", *first.parts),
        message("user", ToolResultPart(call.id, ())),
    )
    body = SONNET_45.body(request(*history, tools=(WEATHER,), reasoning=thinking))

    assert isinstance(first.parts[0], ReasoningPart)
    assert body["messages"][1]["content"][0]["reasoningContent"]["reasoningText"]["signature"]
    assert body["additionalModelRequestFields"]["thinking"] == {"type": "enabled", "budget_tokens": 16_384}


def test_a_redacted_thought_goes_home() -> None:
    first = SONNET_45.whole(request(say("[[sim: redacted]] hi"), reasoning=Reasoning("effort", "low")))

    SONNET_45.body(
        request(say("hi"), message("assistant", *first.parts), say("on"), reasoning=Reasoning("effort", "low"))
    )

    assert isinstance(first.parts[0], ReasoningPart)
    assert first.parts[0].redacted


def test_thoughts_of_others_stay_behind() -> None:
    thought = ReasoningPart("hm", Signature("gemini", "x"))

    sent = SONNET_45.encode(request(say("a"), message("assistant", thought, TextPart("b")), say("c")))

    SONNET_45.answered(sent)
    assert sent.body["messages"][1]["content"] == [{"text": "b"}]
    assert [note.field for note in sent.diagnostics] == ["messages[].reasoning"]


def test_thoughts_stay_behind_once_the_model_refused_their_proof() -> None:
    thought = ReasoningPart("a", Signature("anthropic", "forged"))
    target = replace(SONNET_45.target, without_thoughts=True)

    sent = BedrockConverse().encode_request(
        request(say("hi"), message("assistant", thought, TextPart("b")), say("c")), target, fetch
    )

    SONNET_45.answered(sent)
    assert sent.body["messages"][1]["content"] == [{"text": "b"}]


def test_the_newest_claude_takes_neither_sampling_nor_prefill() -> None:
    asked = request(say("a"), message("assistant", TextPart("b ")), sampling=Sampling(temperature=0.5))

    body = OPUS_48.body(asked)

    assert "temperature" not in body["inferenceConfig"]
    assert body["messages"][-1] == {"role": "user", "content": [{"text": "Continue."}]}


def test_words_to_complete_lose_their_last_blanks() -> None:
    body = SONNET_45.body(request(say("a"), message("assistant", TextPart("b "))))

    assert body["messages"][-1] == {"role": "assistant", "content": [{"text": "b"}]}


def test_marks_of_the_cache_stand_behind_their_blocks() -> None:
    mark = {"anthropic.cache_control": {"type": "ephemeral", "ttl": "1h"}}
    system = message("system", TextPart("s", extras=mark))
    tool = replace(WEATHER, extras=mark)

    body = SONNET_45.body(request(system, message("user", TextPart("hi", extras=mark)), tools=(tool,)))

    point = {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert (body["system"][1], body["messages"][0]["content"][1], body["toolConfig"]["tools"][1]) == (point,) * 3


@BOTH
def test_structured_output_is_a_forced_call_that_comes_back_as_text(upstream: Upstream) -> None:
    asked = request(say("title?"), response_format=ResponseFormat("json_schema", schema=SCHEMA, name="my title"))

    for answer in (upstream.whole(asked), upstream.streamed(asked)):
        (part,) = answer.parts
        assert isinstance(part, TextPart)
        assert '"title"' in part.text
        assert answer.finish.kind is FinishKind.STOP


def test_structured_output_beside_tools_is_asked_for_in_words() -> None:
    body = NOVA.body(request(tools=(WEATHER,), response_format=ResponseFormat("json_schema", schema=SCHEMA)))

    assert "fits this JSON Schema" in body["system"][0]["text"]


def test_any_json_object_is_asked_for_in_words() -> None:
    assert (
        "one JSON object" in NOVA.body(request(response_format=ResponseFormat("json_object")))["system"][0]["text"]
    )


CASES: dict[str, ChatRequest] = {
    "text": request(say("It's \"me\" — ünïcode \\ and 'more'")),
    "tools": request(say("weather in Rome?"), tools=(WEATHER,)),
    "parallel": request(say("[[sim: parallel]] weather?"), tools=(WEATHER, CLOCK)),
    "result": request(*USED, tools=(WEATHER,)),
    "images": request(message("user", TextPart("what?"), FilePart("image", "image/png", PNG))),
    "thinking": request(say("hm"), reasoning=Reasoning("effort", "low")),
    "redacted": request(say("[[sim: redacted]] hm"), reasoning=Reasoning("effort", "low")),
    "length": request(say("[[sim: words 20]]"), sampling=Sampling(max_output_tokens=5)),
    "stop": request(say("[[sim: say one END two]]"), sampling=Sampling(stop=("END",))),
    "filtered": request(say("[[sim: filter]]")),
}


@pytest.mark.parametrize("accept", [None, CONTENT_TYPE], ids=["printed", "binary"])
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("upstream", [LITE, SONNET_45], ids=["nova", "claude"])
def test_a_stream_says_the_same_as_the_whole_answer(upstream: Upstream, name: str, accept: str | None) -> None:
    whole, streamed = upstream.whole(CASES[name]), upstream.streamed(CASES[name], accept)

    shown = [replace(part, id="") if isinstance(part, ToolCallPart) else part for part in streamed.parts]
    expected = [replace(part, id="") if isinstance(part, ToolCallPart) else part for part in whole.parts]
    assert [replace_arguments(part) for part in shown] == [replace_arguments(part) for part in expected]
    assert streamed.finish == whole.finish
    assert streamed.usage == whole.usage


def replace_arguments(part: Any) -> Any:
    """Arguments are JSON text, whose blanks mean nothing."""
    if not isinstance(part, ToolCallPart):
        return part
    return replace(part, arguments=part.arguments.replace(" ", "") if part.arguments else "{}")


def test_usage_counts_the_cache() -> None:
    asked = request(say('[[sim: usage {"input": 100, "cached": 40, "output": 7}]]'))

    for answer in (NOVA.whole(asked), NOVA.streamed(asked)):
        usage = answer.usage
        assert (usage.input_tokens, usage.cached_tokens, usage.output_tokens) == (100, 40, 7)


def stream(*lines: str) -> bytes:
    return b"".join(f"data: {line}\n\n".encode() for line in lines)


def decoder() -> Any:
    return BedrockConverse().stream_decoder("text/event-stream", NOVA.encode(request()), NOVA.target)


START = "{'messageStart': {'role': 'assistant'}}"
TEXT = "{'contentBlockDelta': {'delta': {'text': 'Hi'}, 'contentBlockIndex': 0}}"


@pytest.mark.parametrize(
    "line",
    [
        "{'throttlingException': {'message': 'Rate exceeded'}}",
        '{"type": "error", "message": "ThrottlingException: Rate exceeded"}',
        '{"error": {"code": "429", "message": "Too many requests"}}',
    ],
)
def test_an_error_first_is_raised_at_once(line: str) -> None:
    with pytest.raises(UpstreamError) as broken:
        decoder().feed(stream(START, line))

    assert broken.value.kind is ErrorKind.RATE_LIMIT


def test_an_error_after_content_lets_the_content_out_first() -> None:
    reading = decoder()

    events = reading.feed(stream(START, TEXT, "{'internalServerException': {'message': 'Oh'}}"))

    assert len(events) == 3
    with pytest.raises(UpstreamError) as broken:
        reading.close()
    assert broken.value.kind is ErrorKind.SERVER


def test_a_stream_without_an_end_is_cut_off() -> None:
    reading = decoder()
    reading.feed(stream(START, TEXT))

    with pytest.raises(UpstreamError) as broken:
        reading.close()

    assert broken.value.kind is ErrorKind.CONNECTION


@pytest.mark.parametrize("line", ["{'a': 1, 'b': 2}", "nonsense", "[1]", "{'messageStart': 1}"])
def test_what_is_no_event_cannot_be_read(line: str) -> None:
    with pytest.raises(UpstreamError) as broken:
        decoder().feed(stream(line))

    assert broken.value.status == 502


def test_a_malformed_call_is_a_failure() -> None:
    with pytest.raises(UpstreamError) as broken:
        decoder().feed(stream(START, "{'messageStop': {'stopReason': 'malformed_tool_use'}}"))

    assert broken.value.code == "malformed_tool_use"


@pytest.mark.parametrize("body", [b"{}", b"[]", b"x", b'{"message": "Oh"}', b'{"output": {"message": {}}}'])
def test_a_body_that_is_no_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(UpstreamError):
        BedrockConverse().decode_response(body, NOVA.encode(request()), NOVA.target)


def test_an_empty_error_body_still_says_something() -> None:
    error = BedrockConverse().decode_error(400, {}, b"{}")

    assert (error.status, error.message) == (400, "SAP AI Core answered with status 400 and gave no reason.")
