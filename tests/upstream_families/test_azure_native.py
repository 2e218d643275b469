"""Chat client on chat deployment: which fields pass, change, or stay behind."""

import json
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ClientError, ErrorKind, UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.base import Target, UpstreamRequest

ROUTE = AzureOpenAI().native["openai.chat"]
USER = {"role": "user", "content": "hi"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
LONG_NAME = "mcp__" + "x" * 80


def target(model: str, api_version: str | None = None) -> Target:
    return Target(model, "my-model", capabilities_of(model), api_version)


def adapt(model: str = "gpt-4o", **body: Any) -> UpstreamRequest:
    return ROUTE.adapt_request({"model": "x", "messages": [USER], **body}, {}, target(model), pytest.fail)


def dropped(sent: UpstreamRequest) -> list[str]:
    return [note.field for note in sent.diagnostics]


def test_the_path_carries_an_api_version() -> None:
    assert adapt().path == "/chat/completions?api-version=2025-04-01-preview"


def test_the_users_api_version_wins() -> None:
    sent = ROUTE.adapt_request({"messages": [USER]}, {}, target("gpt-4o", "2024-10-21"), pytest.fail)

    assert sent.path == "/chat/completions?api-version=2024-10-21"


def test_unknown_fields_stay_behind_and_are_named() -> None:
    sent = adapt(context_management={}, top_k=3, seed=1)

    assert sent.body == {"messages": [USER], "seed": 1}
    assert dropped(sent) == ["context_management", "top_k"]


def test_the_clients_body_is_not_changed() -> None:
    body = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {}}]}],
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "max_tokens": 10**9,
        "stream": True,
    }
    before = json.dumps(body)

    ROUTE.adapt_request(body, {}, target("gpt-5"), pytest.fail)

    assert json.dumps(body) == before


@pytest.mark.parametrize("wrong", [[], {"a": 1}, 1, True])
@pytest.mark.parametrize(
    "build",
    [
        lambda wrong: ({"messages": [{"role": wrong, "content": "x"}]}, "messages[0].role"),
        lambda wrong: (
            {"messages": [{"role": "user", "content": [{"type": wrong}]}]},
            "messages[0].content[0].type",
        ),
        lambda wrong: (
            {"tools": [{"type": "function", "function": {"name": "f", "description": wrong}}]},
            "tools[0].function.description",
        ),
        lambda wrong: ({"tools": [{"type": "function", "function": wrong}]}, "tools[0].function"),
        lambda wrong: ({"reasoning_effort": wrong}, "reasoning_effort"),
    ],
)
def test_values_of_a_wrong_type_are_refused_by_their_path(build: Any, wrong: Any) -> None:
    body, path = build(wrong)

    with pytest.raises(ClientError) as caught:
        adapt("gpt-5", **body)
    assert (caught.value.param or "").removesuffix(".name") == path


def test_fields_that_are_null_are_left_out() -> None:
    """SDKs give a message back with a null in every field that it lacks."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    answer = {"role": "assistant", "content": None, "refusal": None, "function_call": None, "tool_calls": [call]}
    said = {"role": "assistant", "content": "x", "tool_calls": None}
    sent = adapt(messages=[USER, said, answer], user=None, stop=None)

    kept = [{"role": "assistant", "content": "x"}, {"role": "assistant", "content": None, "tool_calls": [call]}]
    assert sent.body == {"messages": [USER, *kept]}


@pytest.mark.parametrize(("arguments", "text"), [({"a": 1}, '{"a":1}'), (None, "{}")])
def test_arguments_that_are_no_text_become_one(arguments: Any, text: str) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    sent = adapt(messages=[{"role": "assistant", "content": None, "tool_calls": [call]}])

    assert sent.body["messages"][0]["tool_calls"][0]["function"] == {"name": "f", "arguments": text}


def test_a_free_form_call_of_the_history_becomes_a_function_call() -> None:
    call = {"id": "c", "type": "custom", "custom": {"name": "patch", "input": "*** Begin"}}
    sent = adapt(messages=[{"role": "assistant", "content": None, "tool_calls": [call]}])

    function = {"name": "patch", "arguments": '{"input":"*** Begin"}'}
    assert sent.body["messages"][0]["tool_calls"] == [{"id": "c", "type": "function", "function": function}]


def test_a_schema_without_a_name_gets_one() -> None:
    wanted = {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}

    assert adapt(response_format=wanted).body["response_format"]["json_schema"]["name"] == "response"


def test_a_message_that_needs_no_change_is_the_same_object() -> None:
    message = {"role": "user", "content": [{"type": "text", "text": "x"}]}

    assert adapt(messages=[message]).body["messages"][0] is message


@pytest.mark.parametrize(
    ("model", "body", "expected"),
    [
        ("gpt-5", {"max_tokens": 100}, {"max_completion_tokens": 100}),
        ("o3", {"max_tokens": 100}, {"max_completion_tokens": 100}),
        ("gpt-4o", {"max_tokens": 100}, {"max_tokens": 100}),
        ("gpt-4o", {"max_tokens": 100_000}, {"max_tokens": 16_384}),
        ("gpt-5", {"max_tokens": 5, "max_completion_tokens": 6}, {"max_completion_tokens": 6}),
        ("gpt-5", {"max_tokens": None}, {}),
        ("gpt-5", {"temperature": 0.5, "top_p": 1, "logprobs": True}, {}),
        ("gpt-4o", {"temperature": 0.5}, {"temperature": 0.5}),
        ("gpt-5", {"reasoning_effort": "low"}, {"reasoning_effort": "low"}),
        ("gpt-5", {"reasoning_effort": "xhigh"}, {"reasoning_effort": "high"}),
        ("o3", {"reasoning_effort": "none"}, {"reasoning_effort": "low"}),
        ("gpt-4o", {"reasoning_effort": "low"}, {}),
        ("gpt-5", {"reasoning": {"effort": "high", "enabled": True}}, {"reasoning_effort": "high"}),
        ("gpt-5", {"thinking": {"type": "enabled", "budget_tokens": 1024}}, {"reasoning_effort": "low"}),
        ("gpt-5.5", {"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
        ("gpt-5.5", {"reasoning_effort": "high", "tools": [TOOL]}, {"tools": [TOOL]}),
        ("gpt-4o", {"tools": [], "tool_choice": "auto", "parallel_tool_calls": True}, {}),
        ("gpt-4o", {"stream": True}, {"stream": True, "stream_options": {"include_usage": True}}),
        ("gpt-4o", {"stream": False, "stream_options": {"include_usage": True}}, {"stream": False}),
        (
            "gpt-4o",
            {"tools": [TOOL], "tool_choice": {"type": "any"}},
            {"tools": [TOOL], "tool_choice": "required"},
        ),
        (
            "gpt-4o",
            {"tools": [TOOL, {"type": "web_search"}], "tool_choice": {"type": "web_search"}},
            {"tools": [TOOL], "tool_choice": "auto"},
        ),
        (
            "gpt-4o",
            {"tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}]},
            {"tools": [TOOL]},
        ),
        ("gpt-4o", {"tools": [{"name": "f", "input_schema": {"type": "object"}}]}, {"tools": [TOOL]}),
        ("gpt-4o", {"tools": [{**TOOL, "cache_control": {"type": "ephemeral"}}]}, {"tools": [TOOL]}),
    ],
)
def test_parameters_are_fitted_to_the_model(model: str, body: JsonObject, expected: JsonObject) -> None:
    sent = adapt(model, **body)

    assert {key: value for key, value in sent.body.items() if key != "messages"} == expected


MESSAGES: list[tuple[str, JsonObject, list[JsonObject]]] = [
    ("cache mark", {**USER, "cache_control": {"type": "ephemeral"}}, [USER]),
    (
        "cache mark on a part",
        {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {}}]},
        [{"role": "user", "content": [{"type": "text", "text": "x"}]}],
    ),
    (
        "thoughts",
        {"role": "assistant", "content": "x", "reasoning_content": "t", "thinking": {}, "reasoning_details": []},
        [{"role": "assistant", "content": "x"}],
    ),
    ("no calls", {"role": "assistant", "content": "x", "tool_calls": []}, [{"role": "assistant", "content": "x"}]),
    (
        "signature",
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c",
                    "type": "function",
                    "function": {"name": "f", "arguments": "{}"},
                    "extra_content": {"google": {"thought_signature": "s"}},
                }
            ],
        },
        [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            }
        ],
    ),
    (
        "Anthropic image",
        {
            "role": "user",
            "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QQ=="}}],
        },
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}}]}],
    ),
    (
        "Anthropic tool use",
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "t", "signature": "s"},
                {"type": "tool_use", "id": "c", "name": "f", "input": {"a": 1}},
            ],
        },
        [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
            }
        ],
    ),
    (
        "Anthropic tool result",
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "go on"},
                {"type": "tool_result", "tool_use_id": "c", "content": "broken", "is_error": True},
            ],
        },
        [
            {"role": "tool", "tool_call_id": "c", "content": "Error: broken"},
            {"role": "user", "content": [{"type": "text", "text": "go on"}]},
        ],
    ),
]


@pytest.mark.parametrize(
    ("message", "expected"), [case[1:] for case in MESSAGES], ids=[case[0] for case in MESSAGES]
)
def test_messages_keep_what_the_wire_knows(message: JsonObject, expected: list[JsonObject]) -> None:
    assert adapt(messages=[message]).body["messages"] == expected


def test_what_messages_lose_is_named_once() -> None:
    marked = {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {}}]}
    thought = {"role": "assistant", "content": [{"type": "thinking", "thinking": "t"}], "reasoning_content": "t"}

    assert sorted(dropped(adapt(messages=[marked, thought, marked]))) == [
        "messages[].content[].cache_control",
        "messages[].content[].thinking",
        "messages[].reasoning_content",
    ]


def test_an_error_mark_of_a_result_is_translated_not_lost() -> None:
    assert dropped(adapt(messages=[{"role": "tool", "tool_call_id": "c", "content": "x", "is_error": True}])) == []


def test_the_note_to_anthropics_billing_stays_behind() -> None:
    note = {"type": "text", "text": "x-anthropic-billing-header: cc_version=2;"}
    rest = {"type": "text", "text": "Be kind."}

    sent = adapt(messages=[{"role": "system", "content": [note, rest]}])

    assert sent.body["messages"] == [{"role": "system", "content": [rest]}]


def test_a_system_field_becomes_a_message() -> None:
    sent = adapt(system="Be kind.")

    assert sent.body["messages"] == [{"role": "system", "content": "Be kind."}, USER]


def test_responses_items_become_messages() -> None:
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "x"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "15 C"},
    ]
    sent = ROUTE.adapt_request({"input": items, "instructions": "Be kind."}, {}, target("gpt-4o"), pytest.fail)

    assert sent.body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "x"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "15 C"},
    ]


def test_a_long_tool_name_is_shortened_everywhere_and_comes_back() -> None:
    call = {"id": "c", "type": "function", "function": {"name": LONG_NAME, "arguments": "{}"}}
    sent = adapt(
        messages=[USER, {"role": "assistant", "content": None, "tool_calls": [call]}],
        tools=[{"type": "function", "function": {"name": LONG_NAME}}],
        tool_choice={"type": "function", "function": {"name": LONG_NAME}},
    )
    short = sent.body["tools"][0]["function"]["name"]

    assert len(short) == 64
    assert sent.tool_names == {short: LONG_NAME}
    assert sent.body["tool_choice"]["function"]["name"] == short
    assert sent.body["messages"][1]["tool_calls"][0]["function"]["name"] == short
    answer = {"choices": [{"message": {"tool_calls": [{"id": "c", "function": {"name": short}}]}}]}
    out, _ = ROUTE.adapt_response(json.dumps(answer).encode(), sent, target("gpt-4o"))
    assert json.loads(out)["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == LONG_NAME


def test_a_long_description_moves_to_a_system_message() -> None:
    text = "word " * 400
    sent = adapt(
        messages=[{"role": "system", "content": "s"}, USER],
        tools=[{"type": "function", "function": {"name": "f", "description": text}}],
    )

    assert len(sent.body["tools"][0]["function"]["description"]) == 1024
    assert [message["role"] for message in sent.body["messages"]] == ["system", "system", "user"]
    assert text in sent.body["messages"][1]["content"]


def test_long_call_ids_are_shortened_alike_in_call_and_result() -> None:
    identity = "toolu_" + "x" * 60
    call = {"id": identity, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    sent = adapt(
        messages=[
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": identity, "content": "x"},
        ]
    )
    short = sent.body["messages"][0]["tool_calls"][0]["id"]

    assert len(short) <= 40
    assert sent.body["messages"][1]["tool_call_id"] == short


@pytest.mark.parametrize("messages", [None, [], "hi", [7]])
def test_messages_that_are_none_are_refused(messages: Any) -> None:
    with pytest.raises(ClientError) as caught:
        adapt(messages=messages)

    assert caught.value.param in ("messages", "messages[0]")


ANSWER = {
    "id": "chatcmpl-A",
    "object": "chat.completion",
    "model": "gpt-4o-2024-08-06",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Hello!", "refusal": None},
            "content_filter_results": {"hate": {"filtered": False}},
        }
    ],
    "prompt_filter_results": [{"prompt_index": 0}],
    "usage": {"prompt_tokens": 13, "completion_tokens": 17, "total_tokens": 30},
}


def test_an_answer_keeps_all_but_filter_notes_and_the_model() -> None:
    out, usage = ROUTE.adapt_response(json.dumps(ANSWER).encode(), adapt(), target("gpt-4o"))

    assert json.loads(out) == {
        "id": "chatcmpl-A",
        "object": "chat.completion",
        "model": "my-model",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Hello!", "refusal": None},
            }
        ],
        "usage": {"prompt_tokens": 13, "completion_tokens": 17, "total_tokens": 30},
    }
    assert usage == Usage(13, 17)


def test_a_free_form_tools_call_comes_back_as_text() -> None:
    sent = adapt(tools=[{"type": "custom", "name": "ApplyPatch", "format": {"type": "text"}}])
    call = {"id": "c", "function": {"name": "ApplyPatch", "arguments": '{"input":"*** Begin"}'}}
    answer = {"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "stop"}]}

    out, _ = ROUTE.adapt_response(json.dumps(answer).encode(), sent, target("gpt-4o"))

    choice = json.loads(out)["choices"][0]
    assert choice["message"]["tool_calls"][0]["function"]["arguments"] == "*** Begin"
    assert choice["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"choices":[]}', b'{"choices":[7]}'])
def test_an_answer_without_an_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(UpstreamError, match="cannot be read") as caught:
        ROUTE.adapt_response(body, adapt(), target("gpt-4o"))

    assert caught.value.kind is ErrorKind.SERVER


def test_an_error_in_a_good_answer_is_raised() -> None:
    with pytest.raises(UpstreamError, match="slow down") as caught:
        ROUTE.adapt_response(b'{"error":{"code":"429","message":"slow down"}}', adapt(), target("gpt-4o"))

    assert caught.value.kind is ErrorKind.RATE_LIMIT
