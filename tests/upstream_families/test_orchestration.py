"""Neutral requests to orchestration bodies that the simulated service judges, and its answers back."""

import json
from dataclasses import replace
from typing import Any

import pytest

from proxy_core.errors import ClientError, ErrorKind, UpstreamError
from proxy_core.neutral.events import StreamEnd
from proxy_core.neutral.fold import fold
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
from proxy_core.simulator.exchange import Answer, Call, SimDeployment
from proxy_core.simulator.orchestration import family
from proxy_core.upstream_families.base import Target
from proxy_core.upstream_families.orchestration import Orchestration
from tests.upstream_families.asked import (
    CLOCK,
    PNG,
    SCHEMA,
    WEATHER,
    Upstream,
    decode,
    fetch,
    message,
    request,
    say,
)

GPT = Upstream(Orchestration(), family.handle, "orchestration", "gpt-4o")
GPT_5 = replace(GPT, model="gpt-5")
GPT_54 = replace(GPT, model="gpt-5.4")
CLAUDE = replace(GPT, model="anthropic--claude-4.5-sonnet")
OPUS_48 = replace(GPT, model="anthropic--claude-4.8-opus")
GEMINI = replace(GPT, model="gemini-2.5-flash")
MISTRAL = replace(GPT, model="mistralai--mistral-small")
ABAP = replace(GPT, model="sap-abap-1")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CALL = message("assistant", ToolCallPart("c1", "weather", '{"city":"Rome"}'))
RESULT = message("user", ToolResultPart("c1", (TextPart("sunny"),)))


def templating(upstream: Upstream, asked: ChatRequest) -> Any:
    return upstream.body(asked)["config"]["modules"]["prompt_templating"]


def params(upstream: Upstream, **fields: Any) -> Any:
    return templating(upstream, request(**fields))["model"]["params"]


def test_the_last_message_stands_in_the_template_and_the_others_in_the_history() -> None:
    body = GPT.body(
        request(message("system", TextPart("Be brief.")), say("a"), message("assistant", TextPart("b")), say("c"))
    )

    assert body == {
        "config": {
            "modules": {
                "prompt_templating": {
                    "model": {"name": "gpt-4o", "params": {}, "max_retries": 0},
                    "prompt": {"template": [{"role": "user", "content": "c"}]},
                }
            }
        },
        "messages_history": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b"},
        ],
    }


@pytest.mark.parametrize("text", ["{{ name }}", "{{?name}}", "{% if x %}", "{# note #}", "{{{x}}}"])
def test_a_text_with_delimiters_goes_into_the_history_as_it_is(text: str) -> None:
    body = GPT.body(request(say(text)))

    assert body["messages_history"] == [{"role": "user", "content": text}]
    assert "prompt" not in body["config"]["modules"]["prompt_templating"]
    assert text[:3] in GPT.whole(request(say(text))).parts[0].text  # type: ignore[union-attr]


def test_beside_tools_delimiters_are_broken_invisibly() -> None:
    tool = ToolDefinition(
        "fill", "Fills {{ name }}", {"type": "object", "properties": {}, "description": "{% x %}"}
    )

    sent = GPT.encode(
        request(say("{{ a }}"), message("assistant", TextPart("{{ b }}")), say("{{ c }}"), tools=(tool,))
    )

    GPT.answered(sent)
    prompt = sent.body["config"]["modules"]["prompt_templating"]["prompt"]
    assert prompt["template"][0]["content"] == "{\u200b{ c }}"
    assert prompt["tools"][0]["function"]["description"] == "Fills {\u200b{ name }}"
    assert [item["content"] for item in sent.body["messages_history"]] == ["{{ a }}", "{{ b }}"]
    assert [note.field for note in sent.diagnostics] == ["{{"]


def test_streaming_is_switched_on_in_the_configuration() -> None:
    body = GPT.encode(replace(request(), stream=True)).body

    assert body["config"]["stream"] == {"enabled": True}
    assert "stream" not in body


def test_the_users_modules_go_along() -> None:
    modules = {
        "filtering": {"input": {"filters": [{"type": "azure_content_safety", "config": {"hate": 0}}]}},
        "masking": {
            "providers": [{"type": "sap_data_privacy_integration", "method": "anonymization", "entities": []}]
        },
    }
    target = replace(GPT.target, modules=modules)

    sent = Orchestration().encode_request(request(), target, fetch)

    GPT.answered(sent)
    assert sent.body["config"]["modules"].keys() == {"prompt_templating", "filtering", "masking"}


def test_tools_stand_in_the_prompt_and_the_choice_among_the_parameters() -> None:
    choice = ToolChoice("one", "weather")
    body = templating(GPT, request(tools=(WEATHER, CLOCK), tool_choice=choice, parallel_tool_calls=False))

    assert [tool["function"]["name"] for tool in body["prompt"]["tools"]] == ["weather", "clock"]
    assert body["model"]["params"] == {
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": False,
    }


def test_claude_is_told_that_it_may_call() -> None:
    assert params(CLAUDE, tools=(WEATHER,))["tool_choice"] == "auto"
    assert "tool_choice" not in params(GPT, tools=(WEATHER,))
    assert "tool_choice" not in params(CLAUDE)


def test_sampling_by_vendor() -> None:
    sampling = Sampling(100, 0.5, top_p=0.9, top_k=4, seed=7, presence_penalty=0.1, stop=("END",))

    assert params(GPT, sampling=sampling) == {
        "max_completion_tokens": 100, "temperature": 0.5, "top_p": 0.9, "seed": 7, "presence_penalty": 0.1,
        "stop": ["END"],
    }  # fmt: skip
    assert params(CLAUDE, sampling=sampling) == {
        "max_completion_tokens": 100, "temperature": 0.5, "top_k": 4, "stop": ["END"],
    }  # fmt: skip
    assert params(GPT_5, sampling=sampling).keys() == {"max_completion_tokens", "seed", "presence_penalty", "stop"}


def test_a_limit_beyond_the_models_is_lowered() -> None:
    assert params(GPT, sampling=Sampling(99_000))["max_completion_tokens"] == 16_384


def test_a_limit_as_large_as_the_context_leaves_room_for_the_question() -> None:
    assert "max_completion_tokens" not in params(MISTRAL, sampling=Sampling(128_000))
    assert params(MISTRAL, sampling=Sampling(64_000))["max_completion_tokens"] == 64_000


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_an_error_of_the_older_form_is_read_within_an_answer_too(stream: bool) -> None:
    error = {"request_id": "r", "code": 400, "message": "400 - LLM Module: no", "location": "LLM Module"}
    sent = GPT.encode(replace(request(say("hi")), stream=stream))
    body = json.dumps({**error, "module_results": {"templating": "secret"}}).encode()

    decoder = GPT.family.stream_decoder("", sent, GPT.target)

    with pytest.raises(UpstreamError) as refused:
        decoder.feed(b"data: " + body + b"\n\n") if stream else GPT.family.decode_response(body, sent, GPT.target)

    assert (refused.value.status, refused.value.message) == (400, "400 - LLM Module: no")


@pytest.mark.parametrize(
    ("upstream", "reasoning", "expected"),
    [
        (GPT_5, Reasoning("effort", "low"), "low"),
        (GPT_5, Reasoning("effort", "max"), "high"),
        (GPT_5, Reasoning("off"), "minimal"),
        (GPT_5, Reasoning("budget", budget_tokens=4096), "medium"),
        (GPT, Reasoning("effort", "low"), None),
        (GEMINI, Reasoning("effort", "low"), None),
    ],
)
def test_effort(upstream: Upstream, reasoning: Reasoning, expected: str | None) -> None:
    assert params(upstream, reasoning=reasoning).get("reasoning_effort") == expected


def test_a_model_without_tools_refuses_them_as_it_does_on_its_own_deployment() -> None:
    sonar = replace(GPT, model="sonar-pro")

    with pytest.raises(ClientError) as offered:
        sonar.encode(request(tools=(WEATHER,)))
    with pytest.raises(ClientError) as called:
        sonar.encode(request(say("hi"), CALL, RESULT))
    forbidden = sonar.encode(request(tools=(WEATHER,), tool_choice=ToolChoice("none")))

    assert offered.value.param == "tools"
    assert "'c1'" in called.value.message
    assert "tools" not in forbidden.body["config"]["modules"]["prompt_templating"]["prompt"]
    assert [note.field for note in forbidden.diagnostics] == ["tools"]


def test_effort_goes_to_gpt_only() -> None:
    lite = replace(GPT, model="amazon--nova-lite")

    sent = lite.encode(request(reasoning=Reasoning("effort", "low")))

    assert sent.body["config"]["modules"]["prompt_templating"]["model"]["params"] == {}
    assert [note.field for note in sent.diagnostics] == ["reasoning_effort"]


def test_effort_stays_out_beside_tools_where_the_model_refuses_both() -> None:
    sent = GPT_54.encode(request(tools=(WEATHER,), reasoning=Reasoning("effort", "low")))

    assert "reasoning_effort" not in sent.body["config"]["modules"]["prompt_templating"]["model"]["params"]
    assert [note.field for note in sent.diagnostics] == ["reasoning_effort"]


def test_claude_thinks_and_its_thought_goes_home() -> None:
    thinking = Reasoning("effort", "high")
    for ask in (CLAUDE.whole, CLAUDE.streamed):
        first = ask(request(say("weather in Rome?"), tools=(WEATHER,), reasoning=thinking))
        thought, *_, call = first.parts
        assert isinstance(thought, ReasoningPart)
        assert isinstance(call, ToolCallPart)
        assert thought.signature is not None

        result = message("user", ToolResultPart(call.id, (TextPart("sunny"),)))
        history = (say("weather in Rome?"), message("assistant", *first.parts), result)
        body = CLAUDE.body(request(*history, tools=(WEATHER,), reasoning=thinking))

        assert body["messages_history"][1]["reasoning_content"] == [
            {"content": thought.text, "signature": thought.signature.value}
        ]
        model = body["config"]["modules"]["prompt_templating"]["model"]
        assert model["params"]["thinking"] == {"type": "enabled", "budget_tokens": 16_384}


def test_thoughts_of_other_vendors_and_hidden_ones_stay_behind() -> None:
    thoughts = (ReasoningPart("a", Signature("gemini", "x")), ReasoningPart("", redacted="y"), TextPart("b"))

    sent = CLAUDE.encode(request(say("hi"), message("assistant", *thoughts), say("c")))

    CLAUDE.answered(sent)
    assert "reasoning_content" not in sent.body["messages_history"][1]
    assert [note.field for note in sent.diagnostics] == ["messages[].reasoning"]


def test_thoughts_stay_behind_once_the_model_refused_their_proof() -> None:
    thought = ReasoningPart("a", Signature("anthropic", "forged"))
    target = replace(CLAUDE.target, without_thoughts=True)

    sent = Orchestration().encode_request(
        request(say("hi"), message("assistant", thought, TextPart("b")), say("c")), target, fetch
    )

    CLAUDE.answered(sent)
    assert "reasoning_content" not in sent.body["messages_history"][1]


def test_results_hold_text_and_their_pictures_follow() -> None:
    result = ToolResultPart("c1", (TextPart("see"), FilePart("image", "image/png", PNG)))

    body = GPT.body(request(say("look"), CALL, message("user", result), tools=(WEATHER,)))

    assert body["messages_history"][-1] == {"role": "tool", "tool_call_id": "c1", "content": "see"}
    last = body["config"]["modules"]["prompt_templating"]["prompt"]["template"][0]
    assert last["content"][1]["type"] == "image_url"


@pytest.mark.parametrize(
    ("model", "kind", "media_type"),
    [
        ("anthropic--claude-4.5-sonnet", "document", "application/pdf"),
        ("gemini-2.5-flash", "document", "application/pdf"),
        ("gemini-2.5-flash", "audio", "audio/mpeg"),
        ("sonar-pro", "document", "application/pdf"),
        ("sonar-pro", "document", DOCX),
    ],
)
def test_files_go_to_models_that_the_service_passes_them_to(model: str, kind: Any, media_type: str) -> None:
    part = FilePart(kind, media_type, "JVBERi0=", filename="a.file")

    template = templating(replace(GPT, model=model), request(message("user", part)))["prompt"]["template"]

    file = {"filename": "a.file", "file_data": f"data:{media_type};base64,JVBERi0="}
    assert template[0]["content"] == [{"type": "file", "file": file}]


@pytest.mark.parametrize(
    ("model", "kind", "media_type"),
    [
        ("gpt-4o", "document", "application/pdf"),
        ("amazon--nova-pro", "document", "application/pdf"),
        ("mistralai--mistral-small", "document", "application/pdf"),
        ("gemini-2.5-flash", "audio", "audio/wav"),
        ("gemini-2.5-flash", "document", DOCX),
        ("sonar-pro", "audio", "audio/mpeg"),
    ],
)
def test_files_that_the_service_does_not_pass_on_are_refused(model: str, kind: Any, media_type: str) -> None:
    part = FilePart(kind, media_type, "JVBERi0=")

    with pytest.raises(ClientError):
        replace(GPT, model=model).encode(request(message("user", part)))


def test_a_conversation_without_a_word_is_sent_with_one() -> None:
    empty = request(message("assistant"), message("user"))

    assert templating(GPT, request(message("assistant")))["prompt"]["template"][0]["role"] == "user"
    assert templating(GPT, empty)["prompt"]["template"] == [{"role": "user", "content": ""}]


def test_a_hidden_thought_stays_behind_and_is_not_counted_on() -> None:
    call = ToolCallPart("c1", "weather", '{"city":"Rome"}')
    hidden = message("assistant", ReasoningPart("", redacted="sealed"), call)
    asked = request(
        say("hi"), hidden, RESULT, tools=(WEATHER,), reasoning=Reasoning("budget", budget_tokens=2000),
        sampling=Sampling(max_output_tokens=8000),
    )  # fmt: skip

    sent = CLAUDE.encode(asked)

    model = sent.body["config"]["modules"]["prompt_templating"]["model"]
    assert model["params"].get("thinking", {}).get("type") != "enabled"
    assert "messages[].reasoning" in {note.field for note in sent.diagnostics}


def test_thoughts_of_neighbouring_answers_are_all_sent() -> None:
    first, second = (ReasoningPart(text, Signature("anthropic", f"of {text}")) for text in ("one", "two"))
    turns = (message("assistant", first, TextPart("a")), message("assistant", second, TextPart("b")))

    history = CLAUDE.encode(request(say("hi"), *turns, say("more"))).body["messages_history"]

    assert [block["content"] for block in history[1]["reasoning_content"]] == ["one", "two"]


@pytest.mark.parametrize(
    "turn",
    [
        message("user", FilePart("audio", "audio/wav", "UklGRg==")),
        message("assistant", FilePart("image", "image/png", PNG)),
    ],
)
def test_what_the_service_has_no_place_for_is_refused(turn: Any) -> None:
    with pytest.raises(ClientError):
        GPT.encode(request(turn, say("x")))


def test_marks_of_the_cache_go_to_claude_only() -> None:
    mark = {"anthropic.cache_control": {"type": "ephemeral", "ttl": "1h", "scope": "global"}}
    asked = request(message("user", TextPart("hi", extras=mark)), tools=(replace(WEATHER, extras=mark),))
    plain = {"type": "ephemeral", "ttl": "1h"}

    prompt = templating(CLAUDE, asked)["prompt"]

    assert prompt["template"][0]["content"][0]["cache_control"] == plain
    assert prompt["tools"][0]["cache_control"] == plain
    assert templating(GPT, asked)["prompt"]["template"][0]["content"] == "hi"


def test_turns_come_into_order_but_for_openai() -> None:
    turns = (say("a"), say("b"), message("system", TextPart("s")), message("assistant", TextPart("c")))

    assert [item["role"] for item in OPUS_48.body(request(*turns))["messages_history"]] == ["user", "assistant"]
    assert [item["role"] for item in GPT.body(request(*turns))["messages_history"]] == ["user", "user", "system"]


def test_mistral_gets_its_short_call_ids() -> None:
    body = MISTRAL.body(request(say("weather?"), CALL, RESULT, tools=(WEATHER,)))

    assert len(body["messages_history"][1]["tool_calls"][0]["id"]) == 9


def test_structured_output_has_a_description() -> None:
    asked = request(response_format=ResponseFormat("json_schema", schema=SCHEMA, name="my title", strict=True))

    described = templating(GPT, asked)["prompt"]["response_format"]["json_schema"]
    assert described["description"] == "The answer as JSON."
    assert GPT.whole(asked).parts == (TextPart('{"title": "Talk with the demo"}'),)


def test_long_tool_names_come_back_as_the_clients() -> None:
    name = "mcp__server__" + "very_long_" * 8
    asked = request(say("[[sim: parallel]] weather?"), tools=(replace(WEATHER, name=name), CLOCK))

    for answer in (GPT.whole(asked), GPT.streamed(asked)):
        assert [part.name for part in answer.parts if isinstance(part, ToolCallPart)] == [name, "clock"]


CASES: dict[str, ChatRequest] = {
    "text": request(say("hi")),
    "tools": request(say("weather in Rome?"), tools=(WEATHER,)),
    "parallel": request(say("[[sim: parallel]] weather?"), tools=(WEATHER, CLOCK)),
    "result": request(say("weather?"), CALL, RESULT, tools=(WEATHER,)),
    "images": request(message("user", TextPart("what?"), FilePart("image", "image/png", PNG))),
    "thinking": request(say("hm"), reasoning=Reasoning("effort", "low")),
    "length": request(say("[[sim: words 20]]"), sampling=Sampling(max_output_tokens=5)),
    "structured": request(say("t"), response_format=ResponseFormat("json_schema", schema=SCHEMA)),
    "filtered": request(say("[[sim: filter]]")),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("upstream", [GPT, CLAUDE, OPUS_48, GEMINI], ids=["gpt", "claude", "newest", "gemini"])
def test_a_stream_says_the_same_as_the_whole_answer(upstream: Upstream, name: str) -> None:
    whole, streamed = upstream.whole(CASES[name]), upstream.streamed(CASES[name])

    if name != "filtered":  # a stream has sent the text before the filter speaks
        assert [_without_id(part) for part in streamed.parts] == [_without_id(part) for part in whole.parts]
    lenient = upstream is OPUS_48 and name in ("length", "filtered")  # its streams never tell a reason
    assert lenient or streamed.finish.kind == whole.finish.kind
    assert streamed.usage == whole.usage


def _without_id(part: Any) -> Any:
    return replace(part, id="") if isinstance(part, ToolCallPart) else part


def test_a_model_that_may_not_stream_is_asked_for_the_whole() -> None:
    asked = replace(request(say("hi")), stream=True)
    sent = ABAP.encode(asked)
    refused = family.handle(call_of(sent.body))
    assert isinstance(refused, Answer)

    error = Orchestration().decode_error(refused.status, {}, refused.body)
    again = Target(ABAP.model, "public", ABAP.target.capabilities, lacking=frozenset({sent.operation or ""}))
    sent = Orchestration().encode_request(asked, again, fetch)
    answer = family.handle(call_of(sent.body))
    assert isinstance(answer, Answer)
    decoder = Orchestration().stream_decoder("application/json", sent, again)
    events = list(decode(decoder, [answer.body[:10], answer.body[10:]]))

    assert error.code == "OperationNotSupported"
    assert isinstance(events[-1], StreamEnd)
    assert fold(events).parts[0].text.startswith("I am the simulated sap-abap-1")  # type: ignore[union-attr]


def call_of(body: Any) -> Any:
    deployment = SimDeployment("d1", "tenant", "default", "", "orchestration")
    return Call(deployment, "POST", "/v2/completion", {}, {}, json.dumps(body).encode(), {})


def envelope(**result: Any) -> bytes:
    return b"data: " + json.dumps({"request_id": "r", "final_result": result}).encode() + b"\n\n"


def chunk(delta: Any, finish: str = "") -> bytes:
    return envelope(id="x", choices=[{"index": 0, "delta": delta, "finish_reason": finish}])


EMPTY = envelope(id="", choices=[{"index": 0, "delta": {"role": "", "content": ""}, "finish_reason": ""}])
DONE = b"data: [DONE]\n\n"
CALL_DELTA = {
    "tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
}


def read(*frames: bytes) -> Any:
    sent = GPT.encode(replace(request(), stream=True))
    return fold(decode(Orchestration().stream_decoder("text/event-stream", sent, GPT.target), [*frames]))


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ((EMPTY, chunk({"content": "a"}), DONE), FinishKind.STOP),
        ((EMPTY, chunk(CALL_DELTA), DONE), FinishKind.TOOL_CALLS),
        ((EMPTY, chunk(CALL_DELTA, "tool_calls"), chunk({}, "stop"), DONE), FinishKind.TOOL_CALLS),
        ((EMPTY, chunk({"content": "a"}, "length"), chunk({}, "stop"), DONE), FinishKind.LENGTH),
        ((EMPTY, chunk({"content": "a"}, "end_turn"), DONE), FinishKind.STOP),
        ((EMPTY, chunk({"content": "a"}, "max_tokens"), DONE), FinishKind.LENGTH),
        ((EMPTY, chunk({"content": ""}, "content_filter"), DONE), FinishKind.CONTENT_FILTER),
        ((EMPTY, chunk({"content": "a"}, "refusal"), DONE), FinishKind.CONTENT_FILTER),
        ((EMPTY, chunk({"content": "a"}, "SAFETY"), DONE), FinishKind.CONTENT_FILTER),
        ((EMPTY, chunk({"content": "a"}, "MAX_TOKENS"), DONE), FinishKind.LENGTH),
        ((EMPTY, chunk({"content": "a"}, "model_context_window_exceeded"), DONE), FinishKind.LENGTH),
        ((EMPTY, DONE), FinishKind.STOP),
        ((EMPTY, chunk({"content": "a"}, "stop")), FinishKind.STOP),
    ],
)
def test_finish_reasons_are_repaired(frames: tuple[bytes, ...], expected: FinishKind) -> None:
    assert read(*frames).finish.kind is expected


def test_a_last_frame_of_zeros_does_not_undo_the_usage() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    zeros = dict.fromkeys(usage, 0)

    answer = read(
        chunk({"content": "a"}), envelope(choices=[], usage=usage), envelope(choices=[], usage=zeros), DONE
    )

    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (5, 7)


@pytest.mark.parametrize("frames", [(), (DONE,), (EMPTY,), (EMPTY, chunk({"content": "a"}))])
def test_a_stream_without_an_end_is_cut_off(frames: tuple[bytes, ...]) -> None:
    with pytest.raises(UpstreamError) as broken:
        read(*frames)

    assert broken.value.kind is ErrorKind.CONNECTION


def test_an_error_frame_ends_the_stream_with_the_last_fallbacks_words_and_delay() -> None:
    first = {"request_id": "1", "code": 400, "message": "400 - LLM Module: first", "location": "LLM Module"}
    last = {
        "request_id": "2", "code": 429, "message": "429 - Too many requests.", "location": "LLM",
        "headers": {"x-retry-after": "30"}, "intermediate_results": {"templating": [{"content": "secret"}]},
    }  # fmt: skip

    with pytest.raises(UpstreamError) as broken:
        read(EMPTY, b"data: " + json.dumps({"error": [first, last]}).encode() + b"\n\n")

    assert (broken.value.kind, broken.value.retry_after) == (ErrorKind.RATE_LIMIT, 30.0)
    assert "secret" not in broken.value.message


def test_a_throttled_model_says_when_to_come_again() -> None:
    refused = family.handle(call_of(GPT.encode(request(say("[[sim: extra throttled 30]] hi"))).body))
    assert isinstance(refused, Answer)

    error = Orchestration().decode_error(refused.status, {}, refused.body)

    assert (error.status, error.retry_after) == (429, 30.0)


def test_a_prompt_that_a_filter_stops_is_told_as_such() -> None:
    modules = {"filtering": {"input": {"filters": [{"type": "azure_content_safety"}]}}}
    asked = request(say("[[sim: filter prompt]]"))
    body = Orchestration().encode_request(asked, replace(GPT.target, modules=modules), fetch).body
    refused = family.handle(call_of(body))
    assert isinstance(refused, Answer)

    error = Orchestration().decode_error(refused.status, {}, refused.body)

    assert (error.status, error.kind) == (400, ErrorKind.CONTENT_FILTER)


@pytest.mark.parametrize(
    "body",
    [b"{}", b"x", b'{"final_result": {}}', b'{"final_result": {"choices": []}}', b'{"error": {"message": "Oh"}}'],
)
def test_a_body_that_is_no_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(UpstreamError):
        Orchestration().decode_response(body, GPT.encode(request()), GPT.target)


def test_a_refusal_is_shown_and_counts_as_filtered() -> None:
    message_ = {"type": "refusal", "refusal": "I cannot."}
    body = {"final_result": {"id": "", "choices": [{"index": 0, "message": message_, "finish_reason": "stop"}]}}

    answer = Orchestration().decode_response(json.dumps(body).encode(), GPT.encode(request()), GPT.target)

    assert (answer.parts, answer.finish.kind) == ((TextPart("I cannot."),), FinishKind.CONTENT_FILTER)


def test_sources_follow_the_text() -> None:
    answer = read(
        envelope(id="x", citations=["https://a.example"], choices=[{"index": 0, "delta": {"content": "a[1]"}}]),
        DONE,
    )

    assert answer.parts == (TextPart("a[1]"), TextPart("\n\nSources:\n[1] https://a.example"))
