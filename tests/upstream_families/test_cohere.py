"""Neutral requests to Cohere v2 bodies that the simulated host judges, and its answers back."""

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
    ToolResultPart,
)
from proxy_core.simulator.cohere import family
from proxy_core.upstream_families.cohere import Cohere
from tests.upstream_families.asked import CLOCK, PNG, SCHEMA, WEATHER, Upstream, message, request, say

COMMAND = Upstream(Cohere(), family.handle, "aicore-cohere", "cohere--command-a-reasoning")
CALL = message("assistant", TextPart("I look."), ToolCallPart("c1", "weather", '{"city":"Rome"}'))
RESULT = message("user", ToolResultPart("c1", (TextPart("sunny"),), is_error=True))


def test_messages_of_every_role() -> None:
    body = COMMAND.body(
        request(message("system", TextPart("Be brief.")), say("weather?"), CALL, RESULT, tools=(WEATHER,))
    )

    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "weather?"},
        {
            "role": "assistant",
            "tool_plan": "I look.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Rome"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "Error: sunny"},
    ]


@pytest.mark.parametrize(
    ("messages", "last"),
    [
        ((message("system", TextPart("s")),), "(no content)"),
        ((say("a"), message("assistant", TextPart("b"))), "Continue."),
    ],
)
def test_the_user_speaks_last(messages: tuple[Any, ...], last: str) -> None:
    assert COMMAND.body(request(*messages))["messages"][-1] == {"role": "user", "content": last}


def test_thoughts_stay_behind() -> None:
    thought = ReasoningPart("hm", Signature("anthropic", "x"))

    sent = COMMAND.encode(request(say("a"), message("assistant", thought, TextPart("b")), say("c")))

    COMMAND.answered(sent)
    assert [note.field for note in sent.diagnostics] == ["messages[].reasoning"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, (None, ["weather", "clock"])),
        (ToolChoice("auto"), (None, ["weather", "clock"])),
        (ToolChoice("none"), ("NONE", ["weather", "clock"])),
        (ToolChoice("required"), ("REQUIRED", ["weather", "clock"])),
        (ToolChoice("one", "clock"), ("REQUIRED", ["clock"])),
        (ToolChoice("required", names=("clock",)), ("REQUIRED", ["clock"])),
    ],
)
def test_tool_choice(choice: ToolChoice | None, expected: Any) -> None:
    body = COMMAND.body(request(tools=(WEATHER, CLOCK), tool_choice=choice))

    assert (body.get("tool_choice"), [tool["function"]["name"] for tool in body["tools"]]) == expected


def test_limits_and_sampling_come_into_their_ranges() -> None:
    sampling = Sampling(99_000, 0.5, top_p=1.0, top_k=900, stop=tuple("abcdef"), seed=-4, presence_penalty=-1)

    sent = COMMAND.encode(request(sampling=sampling, parallel_tool_calls=False, tools=(WEATHER,)))

    COMMAND.answered(sent)
    shown = {key: sent.body[key] for key in ("max_tokens", "temperature", "p", "k", "seed", "presence_penalty")}
    assert shown == {
        "max_tokens": 32_000, "temperature": 0.5, "p": 0.99, "k": 500, "seed": 4, "presence_penalty": 0.0,
    }  # fmt: skip
    assert sent.body["stop_sequences"] == list("abcde")
    assert {note.field for note in sent.diagnostics} == {
        "max_tokens", "p", "k", "presence_penalty", "stop", "parallel_tool_calls",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reasoning", "expected"),
    [
        (Reasoning("off"), {"type": "disabled"}),
        (Reasoning("adaptive"), {"type": "enabled"}),
        (Reasoning("budget", budget_tokens=99_000), {"type": "enabled", "token_budget": 31_000}),
        (Reasoning("effort", "low"), {"type": "enabled", "token_budget": 4096}),
        (Reasoning("effort", "max"), {"type": "enabled", "token_budget": 31_000}),
    ],
)
def test_thinking(reasoning: Reasoning, expected: Any) -> None:
    assert COMMAND.body(request(reasoning=reasoning))["thinking"] == expected


def test_a_model_that_does_not_think_is_not_told_to() -> None:
    sent = replace(COMMAND, model="cohere--command-r").encode(request(reasoning=Reasoning("effort", "low")))

    assert "thinking" not in sent.body
    assert [note.field for note in sent.diagnostics] == ["reasoning"]


def test_structured_output() -> None:
    asked = request(response_format=ResponseFormat("json_schema", schema=SCHEMA))

    assert COMMAND.body(asked)["response_format"] == {"type": "json_object", "json_schema": SCHEMA}
    assert COMMAND.whole(asked).parts[-1] == TextPart('{"title": "Talk with the demo"}')


def test_structured_output_beside_tools_is_asked_for_in_words() -> None:
    body = COMMAND.body(request(tools=(WEATHER,), response_format=ResponseFormat("json_schema", schema=SCHEMA)))

    assert "fits this JSON Schema" in body["messages"][0]["content"]
    assert "response_format" not in body


@pytest.mark.parametrize(
    "part",
    [
        FilePart("image", "image/png", PNG),
        FilePart("document", "application/pdf", "JVBERi0="),
        FilePart("audio", "audio/wav", "UklGRg=="),
    ],
    ids=lambda part: part.kind,
)
def test_files_are_refused(part: FilePart) -> None:
    with pytest.raises(ClientError):
        COMMAND.encode(request(message("user", part)))


@pytest.mark.parametrize(
    ("status", "kind"), [(400, ErrorKind.CONTEXT_LENGTH), (429, ErrorKind.RATE_LIMIT)], ids=["long", "fast"]
)
def test_too_many_tokens_in_one_prompt_are_told_from_too_many_in_a_minute(status: int, kind: ErrorKind) -> None:
    body = b'{"message":"too many tokens: total number of tokens cannot exceed 256000 - received 300000."}'

    assert COMMAND.family.decode_error(status, {}, body).kind is kind


CASES: dict[str, ChatRequest] = {
    "text": request(say("hi"), reasoning=Reasoning("off")),
    "thinking": request(say("hi")),
    "tools": request(say("weather in Rome?"), tools=(WEATHER,)),
    "parallel": request(say("[[sim: parallel]] weather?"), tools=(WEATHER, CLOCK)),
    "result": request(say("weather?"), CALL, RESULT, tools=(WEATHER,)),
    "length": request(say("[[sim: words 20]]"), sampling=Sampling(max_output_tokens=5)),
    "stop": request(say("[[sim: say one END two]]"), sampling=Sampling(stop=("END",))),
    "structured": request(say("t"), response_format=ResponseFormat("json_object")),
    "filtered": request(say("[[sim: filter]]")),
}


@pytest.mark.parametrize("name", CASES)
def test_a_stream_says_the_same_as_the_whole_answer(name: str) -> None:
    whole, streamed = COMMAND.whole(CASES[name]), COMMAND.streamed(CASES[name])

    assert [_without_id(part) for part in streamed.parts] == [_without_id(part) for part in whole.parts]
    assert (streamed.finish, streamed.usage) == (whole.finish, whole.usage)


def _without_id(part: Any) -> Any:
    return replace(part, id="") if isinstance(part, ToolCallPart) else part


def test_what_is_said_before_a_call_is_text() -> None:
    answer = COMMAND.whole(request(say("weather in Rome?"), tools=(WEATHER,)))

    assert [type(part) for part in answer.parts] == [ReasoningPart, TextPart, ToolCallPart]
    assert answer.finish.kind is FinishKind.TOOL_CALLS


def decoder() -> Any:
    return Cohere().stream_decoder("text/event-stream", COMMAND.encode(request()), COMMAND.target)


START = b'data: {"type":"message-start","id":"1","delta":{"message":{"role":"assistant"}}}\n\n'


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (b'{"type":"message-end","delta":{"finish_reason":"ERROR","error":"Oh"}}', ErrorKind.SERVER),
        (b'{"message":"trial token rate limit exceeded"}', ErrorKind.RATE_LIMIT),
        (b'{"error":{"code":"429","message":"Too many requests"}}', ErrorKind.RATE_LIMIT),
        (b"nonsense", ErrorKind.SERVER),
    ],
)
def test_errors_in_a_stream(frame: bytes, kind: ErrorKind) -> None:
    with pytest.raises(UpstreamError) as broken:
        decoder().feed(START + b"data: " + frame + b"\n\n")

    assert broken.value.kind is kind


def test_a_stream_without_an_end_is_cut_off() -> None:
    reading = decoder()
    reading.feed(START)

    with pytest.raises(UpstreamError):
        reading.close()


@pytest.mark.parametrize("body", [b"{}", b"x", b'{"message":"Oh"}', b'{"finish_reason":"ERROR","message":{}}'])
def test_a_body_that_is_no_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(UpstreamError):
        Cohere().decode_response(body, COMMAND.encode(request()), COMMAND.target)
