"""Mistral and Sonar: client bodies and neutral requests to bodies that the simulated hosts accept, and back."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from proxy_core.errors import ClientError, UpstreamError
from proxy_core.neutral.messages import (
    FilePart,
    FinishKind,
    Reasoning,
    ResponseFormat,
    Sampling,
    TextPart,
    ToolCallPart,
    ToolChoice,
    ToolResultPart,
)
from proxy_core.simulator import perplexity
from proxy_core.simulator.azure import openai_like
from proxy_core.simulator.exchange import Answer, Stream
from proxy_core.upstream_families.base import UpstreamRequest
from proxy_core.upstream_families.chat_wire.short_call_ids import short_call_id
from proxy_core.upstream_families.openai_compatible import OpenAICompatible
from tests.upstream_families.asked import CLOCK, PNG, SCHEMA, WEATHER, Upstream, fetch, message, request, say

MISTRAL = Upstream(OpenAICompatible(), openai_like.handle, "aicore-mistralai", "mistralai--mistral-small")
SONAR = Upstream(OpenAICompatible(), perplexity.handle, "perplexity-ai", "sonar")
BOTH = pytest.mark.parametrize("upstream", [MISTRAL, SONAR], ids=["mistral", "sonar"])
CALL = message("assistant", ToolCallPart("toolu_01", "weather", '{"city":"Rome"}'))
RESULT = message("user", ToolResultPart("toolu_01", (TextPart("sunny"),)))
WEATHER_TOOL = {"type": "function", "function": {"name": "weather", "parameters": WEATHER.parameters}}
SOURCES = (
    "\n\nSources:\n[1] SAP AI Core https://help.sap.com/docs/sap-ai-core"
    "\n[2] Generative AI hub https://help.sap.com/docs/generative-ai-hub"
)


def chat(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"model": "any", "messages": list(messages) or [{"role": "user", "content": "hi"}], **more}


def adapt(upstream: Upstream, body: dict[str, Any]) -> UpstreamRequest:
    return OpenAICompatible().native["openai.chat"].adapt_request(body, {}, upstream.target, fetch)


def adapted(upstream: Upstream, body: dict[str, Any]) -> dict[str, Any]:
    """The native body, which the simulated host has accepted."""
    sent = adapt(upstream, body)
    upstream.answered(sent)
    return sent.body


def answered(upstream: Upstream, body: dict[str, Any]) -> dict[str, Any]:
    sent = adapt(upstream, body)
    answer = upstream.answered(sent)
    assert isinstance(answer, Answer)
    adapted_answer, _usage = (
        OpenAICompatible().native["openai.chat"].adapt_response(answer.body, sent, upstream.target)
    )
    parsed: dict[str, Any] = json.loads(adapted_answer)
    return parsed


def frames(upstream: Upstream, body: dict[str, Any]) -> list[Any]:
    """The client's stream, fed byte by byte."""
    sent = adapt(upstream, {**body, "stream": True})
    answer = upstream.answered(sent)
    assert isinstance(answer, Stream)
    adapter = OpenAICompatible().native["openai.chat"].stream_adapter(body, sent, upstream.target)
    data = b"".join(answer.frames)
    out = b"".join(adapter.feed(data[at : at + 1]) for at in range(len(data))) + adapter.close()
    payloads = [line[6:] for line in out.decode().split("\n") if line.startswith("data: ")]
    assert payloads[-1] == "[DONE]"
    return [json.loads(payload) for payload in payloads[:-1]]


@BOTH
def test_the_body_names_saps_model_and_the_answer_the_clients(upstream: Upstream) -> None:
    assert adapted(upstream, chat())["model"] == upstream.model
    assert answered(upstream, chat())["model"] == "public"
    assert {frame["model"] for frame in frames(upstream, chat())} == {"public"}


@BOTH
def test_what_the_host_may_know_passes_and_what_belongs_to_openai_does_not(upstream: Upstream) -> None:
    sent = adapt(
        upstream, chat(search_domain_filter=["sap.com"], top_k=4, store=True, thinking={"type": "disabled"})
    )

    assert (sent.body["search_domain_filter"], sent.body["top_k"]) == (["sap.com"], 4)
    assert {note.field for note in sent.diagnostics} == {"store", "thinking"}


def test_turns_come_into_the_order_that_strict_hosts_want() -> None:
    body = adapted(
        MISTRAL,
        chat(
            {"role": "developer", "content": "one"},
            {"role": "system", "content": [{"type": "text", "text": "two"}]},
            {"role": "assistant", "content": "Hello."},
            {"role": "assistant", "content": "Again."},
            {"role": "user", "content": "a"},
            {"role": "user", "content": [{"type": "text", "text": "b"}]},
            {"role": "system", "content": "later"},
            {"role": "assistant", "content": ""},
            {"role": "assistant", "content": "c"},
        ),
    )

    assert body["messages"] == [
        {"role": "system", "content": "one\n\ntwo"},
        {"role": "user", "content": "(no content)"},
        {"role": "assistant", "content": "Hello.\n\nAgain."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "a"},
                {"type": "text", "text": "b"},
                {"type": "text", "text": "<system-reminder>\nlater\n</system-reminder>"},
            ],
        },
        {"role": "assistant", "content": "c"},
        {"role": "user", "content": "Continue."},
    ]


def test_system_messages_alone_get_a_user() -> None:
    body = adapted(MISTRAL, chat({"role": "system", "content": "one"}))

    assert body["messages"][1:] == [{"role": "user", "content": "(no content)"}]


def test_the_assistant_speaks_between_a_result_and_the_user() -> None:
    result = message("user", ToolResultPart("toolu_01", (TextPart("see"), FilePart("image", "image/png", PNG))))

    body = MISTRAL.body(request(say("look"), CALL, result, tools=(WEATHER,)))

    assert [item["role"] for item in body["messages"]] == ["user", "assistant", "tool", "assistant", "user"]


def test_a_reminder_joins_the_result() -> None:
    reminder = TextPart("<system-reminder>todo</system-reminder>")
    turn = message("user", ToolResultPart("toolu_01", (TextPart("sunny"),)), reminder)

    body = MISTRAL.body(request(say("look"), CALL, turn, tools=(WEATHER,)))

    assert body["messages"][-1]["content"] == "sunny\n\n<system-reminder>todo</system-reminder>"


def test_call_ids_become_short_and_stay_pairs() -> None:
    body = MISTRAL.body(request(say("weather?"), CALL, RESULT, tools=(WEATHER,)))

    call, result = body["messages"][1]["tool_calls"][0], body["messages"][2]
    assert call["id"] == result["tool_call_id"] == short_call_id("toolu_01")


def test_short_ids_are_stable_and_differ() -> None:
    ids = [short_call_id(f"call_{number}") for number in range(1000)]

    assert all(re.fullmatch(r"[a-zA-Z0-9]{9}", identity) for identity in ids)
    assert len(set(ids)) == 1000
    assert short_call_id("RluueJ6B5") == "RluueJ6B5"


def test_a_call_that_was_answered_goes_through_a_second_round() -> None:
    first = MISTRAL.whole(request(say("weather in Rome?"), tools=(WEATHER,)))
    (call,) = [part for part in first.parts if isinstance(part, ToolCallPart)]
    result = message("user", ToolResultPart(call.id, (TextPart("sunny"),)))

    second = MISTRAL.whole(
        request(say("weather in Rome?"), message("assistant", *first.parts), result, tools=(WEATHER,))
    )

    assert second.parts == (TextPart("The tool answered: sunny"),)


def test_the_finish_reason_is_repaired_beside_calls() -> None:
    body = chat({"role": "user", "content": "weather?"}, tools=[WEATHER_TOOL])

    assert answered(MISTRAL, body)["choices"][0]["finish_reason"] == "tool_calls"
    assert frames(MISTRAL, body)[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_empty_lists_of_calls_vanish() -> None:
    assert "tool_calls" not in answered(MISTRAL, chat())["choices"][0]["message"]


def test_long_tool_names_come_back_as_the_clients() -> None:
    name = "mcp__server__" + "very_long_" * 8
    tool = {"type": "function", "function": {"name": name, "parameters": WEATHER.parameters}}
    choice = {"type": "function", "function": {"name": name}}
    body = chat({"role": "user", "content": "weather?"}, tools=[tool], tool_choice=choice)

    assert answered(MISTRAL, body)["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == name


def test_limits_take_the_older_name() -> None:
    assert adapted(MISTRAL, chat(max_completion_tokens=7, max_tokens=9))["max_tokens"] == 7
    assert "max_completion_tokens" not in adapted(MISTRAL, chat(max_completion_tokens=7))


def test_a_limit_as_large_as_the_context_leaves_room_for_the_question() -> None:
    sent = adapt(MISTRAL, chat(max_tokens=128_000))

    assert "max_tokens" not in sent.body
    assert [note.field for note in sent.diagnostics] == ["max_tokens"]
    assert adapted(MISTRAL, chat(max_tokens=64_000))["max_tokens"] == 64_000


def test_a_choice_without_tools_goes() -> None:
    assert "tool_choice" not in adapted(MISTRAL, chat(tool_choice="auto", tools=[]))


def test_usage_is_asked_for_where_it_must_be() -> None:
    assert adapt(MISTRAL, chat(stream=True)).body["stream_options"] == {"include_usage": True}
    assert "stream_options" not in adapt(SONAR, chat(stream=True, stream_options={"include_usage": True})).body


def test_effort_passes_to_a_model_that_knows_it() -> None:
    deep = replace(SONAR, model="sonar-deep-research")

    assert adapted(deep, chat(reasoning_effort="high"))["reasoning_effort"] == "high"
    assert "reasoning_effort" not in adapted(SONAR, chat(reasoning_effort="high"))
    assert deep.body(request(reasoning=Reasoning("effort", "low")))["reasoning_effort"] == "low"


def test_sonar_refuses_tools_with_a_clear_word() -> None:
    for refuse in (
        lambda: adapt(SONAR, chat(tools=[WEATHER_TOOL])),
        lambda: SONAR.encode(request(tools=(WEATHER,))),
        lambda: SONAR.encode(request(say("x"), CALL, RESULT)),
    ):
        with pytest.raises(ClientError) as refused:
            refuse()
        assert "sonar" in refused.value.message


def test_sonar_takes_a_request_whose_tools_may_not_be_called() -> None:
    sent = SONAR.encode(request(tools=(WEATHER,), tool_choice=ToolChoice("none")))

    SONAR.answered(sent)
    assert [note.field for note in sent.diagnostics] == ["tools"]


@pytest.mark.parametrize(
    "part",
    [FilePart("document", "application/pdf", "JVBERi0="), FilePart("audio", "audio/wav", "UklGRg==")],
    ids=lambda part: part.kind,
)
def test_files_beyond_images_are_refused(part: FilePart) -> None:
    with pytest.raises(ClientError):
        MISTRAL.encode(request(message("user", part)))


def test_a_model_without_eyes_refuses_images() -> None:
    blind = replace(MISTRAL, model="mistralai--mistral-large-instruct")
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}

    with pytest.raises(ClientError) as refused:
        adapt(blind, chat({"role": "user", "content": [image]}))

    assert refused.value.param == "messages[0].content[0]"


def test_citations_stay_on_the_chat_wire() -> None:
    assert answered(SONAR, chat())["citations"][0] == "https://help.sap.com/docs/sap-ai-core"
    last = frames(SONAR, chat())[-1]
    assert last["search_results"][0]["title"] == "SAP AI Core"
    assert "message" not in last["choices"][0]


def test_other_dialects_get_the_sources_as_a_text_of_their_own() -> None:
    for answer in (SONAR.whole(request()), SONAR.streamed(request())):
        assert answer.parts[1:] == (TextPart(SOURCES),)


def test_structured_output_holds_no_sources() -> None:
    answer = SONAR.whole(request(response_format=ResponseFormat("json_schema", schema=SCHEMA)))

    assert len(answer.parts) == 1


@pytest.mark.parametrize(
    "asked",
    [
        request(say("hi")),
        request(say("weather in Rome?"), tools=(WEATHER,)),
        request(say("[[sim: parallel]] weather?"), tools=(WEATHER, CLOCK)),
        request(say("weather?"), CALL, RESULT, tools=(WEATHER,)),
        request(say("[[sim: words 20]]"), sampling=Sampling(max_output_tokens=5)),
        request(message("user", TextPart("what?"), FilePart("image", "image/png", PNG))),
        request(say("t"), response_format=ResponseFormat("json_schema", schema=SCHEMA)),
    ],
    ids=["text", "tools", "parallel", "result", "length", "image", "structured"],
)
def test_a_stream_says_the_same_as_the_whole_answer(asked: Any) -> None:
    whole, streamed = MISTRAL.whole(asked), MISTRAL.streamed(asked)

    assert [_without_id(part) for part in streamed.parts] == [_without_id(part) for part in whole.parts]
    assert (streamed.finish, streamed.usage) == (whole.finish, whole.usage)


def _without_id(part: Any) -> Any:
    return replace(part, id="") if isinstance(part, ToolCallPart) else part


def test_calls_decide_over_the_finish_word() -> None:
    assert MISTRAL.whole(request(say("weather?"), tools=(WEATHER,))).finish.kind is FinishKind.TOOL_CALLS


def test_an_error_of_vllm_is_read() -> None:
    body = b'{"object":"error","message":"Unexpected role","type":"BadRequestError","param":null,"code":400}'

    error = OpenAICompatible().decode_error(400, {}, body)

    assert (error.status, error.message) == (400, "Unexpected role")


def test_a_stream_that_breaks_off_is_told() -> None:
    sent = SONAR.encode(request())
    decoder = OpenAICompatible().stream_decoder("text/event-stream", sent, SONAR.target)
    decoder.feed(b'data: {"id":"1","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')

    with pytest.raises(UpstreamError):
        decoder.close()
