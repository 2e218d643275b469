"""Responses bodies of clients made fit for Azure, and whole answers made the client's."""

import json
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ClientError, UpstreamError
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.base import NativeRoute, Target, UpstreamRequest
from proxy_core.wire.openai.responses_reasoning import encode_summary
from proxy_core.wire.wrapping import wrap

WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "W",
    "parameters": {"type": "object"},
    "strict": False,
}
PATCH = {"type": "custom", "name": "patch"}
AGENTS = {"type": "namespace", "name": "agents", "tools": [{"type": "function", "name": "spawn"}]}
SEARCH = {"type": "web_search", "external_web_access": False}
SEAL = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
HELLO: list[Any] = [{"type": "message", "role": "user", "content": "hello"}]


def target(model: str = "gpt-5") -> Target:
    return Target(model, "my-gpt", capabilities_of(model))


def route(name: str = "openai.responses") -> NativeRoute:
    return AzureOpenAI().native[name]


def adapt(model: str = "gpt-5", **body: Any) -> UpstreamRequest:
    return route().adapt_request({"model": "my-gpt", "input": HELLO, **body}, {}, target(model), pytest.fail)


def items(*given: Any, model: str = "gpt-5") -> Any:
    return adapt(model, input=list(given)).body["input"]


def dropped(sent: UpstreamRequest) -> set[str]:
    return {note.field for note in sent.diagnostics}


# --- fields


def test_a_plain_request_passes_with_the_models_name() -> None:
    sent = adapt(stream=True, store=False, include=["reasoning.encrypted_content"], prompt_cache_key="k")

    assert sent.path == "/responses"
    assert sent.body == {
        "model": "gpt-5",
        "input": HELLO,
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "prompt_cache_key": "k",
    }
    assert sent.diagnostics == ()


def test_items_that_need_no_change_stay_the_same_objects() -> None:
    assert items(HELLO[0])[0] is HELLO[0]


def test_the_clients_body_is_not_changed() -> None:
    body = {
        "model": "m",
        "input": [dict(SEAL, x=1), *HELLO],
        "tools": [PATCH, AGENTS, SEARCH],
        "client_metadata": {},
    }
    before = json.dumps(body)

    route().adapt_request(body, {}, target(), pytest.fail)

    assert json.dumps(body) == before


def test_fields_that_azure_does_not_know_are_left_out() -> None:
    sent = adapt(client_metadata={"a": "b"}, stop="x", reasoning={"summary": "auto", "context": "all_turns"})

    assert sent.body.keys() == {"model", "input", "reasoning"}
    assert sent.body["reasoning"] == {"summary": "auto"}
    assert dropped(sent) == {"client_metadata", "stop", "reasoning.context"}


def test_a_reasoning_model_gets_no_sampling() -> None:
    sent = adapt(temperature=0.5, top_p=0.9)

    assert sent.body.keys() == {"model", "input"}
    assert dropped(sent) == {"temperature", "top_p"}


def test_a_model_that_does_not_reason_gets_nothing_of_reasoning() -> None:
    """Codex sends these to every model."""
    sent = adapt("gpt-4o", reasoning={"summary": "auto"}, include=["reasoning.encrypted_content"], temperature=0.5)

    assert sent.body.keys() == {"model", "input", "temperature"}


@pytest.mark.parametrize(
    ("asked", "sent"), [("xhigh", "high"), ("none", "minimal"), ("low", "low"), ("wild", "wild")]
)
def test_the_effort_is_one_that_the_model_knows(asked: str, sent: str) -> None:
    assert adapt(reasoning={"effort": asked}).body["reasoning"] == {"effort": sent}


@pytest.mark.parametrize(("asked", "sent"), [(1, 16), (500, 500), (999_999, 128_000)])
def test_the_length_is_within_the_models_limits(asked: int, sent: int) -> None:
    assert adapt(max_output_tokens=asked).body["max_output_tokens"] == sent


def test_what_tools_at_the_vendor_found_is_not_asked_for() -> None:
    sent = adapt(include=["web_search_call.action.sources", "reasoning.encrypted_content"])

    assert sent.body["include"] == ["reasoning.encrypted_content"]


def test_a_user_chosen_api_version_concerns_the_chat_path_only() -> None:
    chosen = Target("gpt-5", "m", capabilities_of("gpt-5"), api_version="2024-02-01")

    assert route().adapt_request({"input": "a"}, {}, chosen, pytest.fail).path == "/responses"


# --- tools


def test_only_function_tools_remain() -> None:
    sent = adapt(tools=[WEATHER, SEARCH, PATCH, AGENTS, {"type": "image_generation"}], tool_choice="auto")

    assert [(tool["type"], tool["name"]) for tool in sent.body["tools"]] == [
        ("function", "weather"),
        ("function", "patch"),
        ("function", "agents__spawn"),
    ]
    assert sent.body["tools"][0] == WEATHER
    assert dropped(sent) == {"tools[1]", "tools[4]"}


def test_without_a_function_nothing_speaks_of_tools() -> None:
    sent = adapt(tools=[SEARCH], tool_choice="required", parallel_tool_calls=True)

    assert sent.body.keys() == {"model", "input"}


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ({"type": "web_search"}, "auto"),
        ({"type": "custom", "name": "patch"}, {"type": "function", "name": "patch"}),
        ("required", "required"),
        (None, None),
    ],
)
def test_the_tool_choice_is_repaired(choice: Any, wanted: Any) -> None:
    assert adapt(tools=[WEATHER, PATCH, SEARCH], tool_choice=choice).body.get("tool_choice") == wanted


def test_only_allowed_tools_are_sent() -> None:
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "custom", "name": "patch"}]}
    body = adapt(tools=[WEATHER, PATCH], tool_choice=choice).body

    assert ([tool["name"] for tool in body["tools"]], body["tool_choice"]) == (["patch"], "required")


def test_a_long_description_stands_before_the_conversation() -> None:
    sent = adapt(tools=[{**WEATHER, "description": "x" * 2000}])

    assert len(sent.body["tools"][0]["description"]) == 1024
    assert sent.body["input"][0]["role"] == "system"
    assert "x" * 2000 in sent.body["input"][0]["content"]


def test_a_long_name_is_shortened_everywhere() -> None:
    name = "mcp__" + "x" * 80
    call = {"type": "function_call", "call_id": "c" * 50, "name": name, "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "c" * 50, "output": "1"}
    sent = adapt(
        tools=[{**WEATHER, "name": name}], tool_choice={"type": "function", "name": name}, input=[call, output]
    )

    short = sent.body["tools"][0]["name"]
    assert len(short) == 64
    assert sent.body["tool_choice"]["name"] == sent.body["input"][0]["name"] == short
    assert sent.tool_names == {short: name}
    assert sent.body["input"][0]["call_id"] == sent.body["input"][1]["call_id"] != "c" * 50


# --- items


def test_calls_of_all_tools_are_function_calls() -> None:
    sent = adapt(
        tools=[PATCH, AGENTS],
        input=[
            {"type": "custom_tool_call", "id": "ctc_1", "call_id": "a", "name": "patch", "input": "*** Begin"},
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "b",
                "name": "spawn",
                "namespace": "agents",
                "arguments": "{}",
            },
            {
                "type": "custom_tool_call_output",
                "id": "fco_1",
                "call_id": "a",
                "output": [{"type": "input_text", "text": "ok"}],
            },
        ],
    )

    assert sent.body["input"] == [
        {"type": "function_call", "call_id": "a", "name": "patch", "arguments": '{"input":"*** Begin"}'},
        {"type": "function_call", "id": "fc_1", "call_id": "b", "name": "agents__spawn", "arguments": "{}"},
        {
            "type": "function_call_output",
            "id": "fco_1",
            "call_id": "a",
            "output": [{"type": "input_text", "text": "ok"}],
        },
    ]


def test_fields_of_items_and_parts_that_azure_does_not_know_are_left_out() -> None:
    part = {"type": "input_text", "text": "a", "cache_control": {}}
    assert items({"role": "user", "content": [part], "metadata": {}}) == [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}]}
    ]


@pytest.mark.parametrize("identity", ["msg_acp1", "xyz", "item_1"])
def test_an_id_that_azure_cannot_know_is_left_out(identity: str) -> None:
    (item,) = items({"type": "message", "id": identity, "role": "assistant", "content": "a"})

    assert "id" not in item


def test_azures_own_thought_passes() -> None:
    assert items({**SEAL, "content": None}, {"role": "assistant", "content": "a"})[0] == SEAL


@pytest.mark.parametrize(
    "thought",
    [
        {"type": "reasoning", "summary": [], "encrypted_content": wrap("anthropic", "sig")},
        {"type": "reasoning", "id": "rs_acp1", "summary": []},
        {"type": "reasoning", "summary": []},
    ],
)
def test_a_thought_that_azure_cannot_read_stays_behind(thought: Any) -> None:
    sent = adapt(input=[thought, *HELLO])

    assert sent.body["input"] == HELLO
    assert dropped(sent) == {"input[0]"}


def test_a_wrapped_seal_of_azures_own_is_unwrapped() -> None:
    thought = {
        "type": "reasoning",
        "id": "rs_acp1",
        "summary": [],
        "encrypted_content": wrap("openai", "rs_1 gAAA"),
    }

    assert items(thought, {"role": "assistant", "content": "a"})[0] == SEAL


def test_a_model_that_does_not_reason_gets_no_thoughts() -> None:
    assert items(SEAL, HELLO[0], model="gpt-4o") == HELLO


def test_a_conversation_that_this_proxy_folded_is_told() -> None:
    (item,) = items({"type": "compaction", "encrypted_content": encode_summary("We built a tower.")})

    assert (item["role"], item["content"]) == ("user", "What was said before, in short:\n\nWe built a tower.")


def test_a_conversation_that_azure_folded_passes() -> None:
    folded = {"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAA"}

    assert items(folded) == [folded]


def test_references_pass_for_azure_to_resolve() -> None:
    reference = {"type": "item_reference", "id": "msg_1"}

    assert items(reference) == [reference]


# --- folding


def test_a_trigger_asks_azure_to_fold() -> None:
    sent = adapt(input=[*HELLO, {"type": "compaction_trigger"}], instructions="b", tools=[WEATHER], stream=True)

    assert sent.path == "/responses/compact"
    assert sent.body == {"model": "gpt-5", "input": HELLO, "instructions": "b"}


def test_a_folded_conversation_is_a_response_of_one_item() -> None:
    sent = adapt(input=[*HELLO, {"type": "compaction_trigger"}])
    folded = {"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAA"}
    answer = {"id": "resp_1", "object": "response.compaction", "created_at": 7, "output": [*HELLO, folded]}

    body, _ = route().adapt_response(json.dumps(answer).encode(), sent, target())

    response = json.loads(body)
    assert (response["object"], response["output"]) == ("response", [folded])
    assert response["usage"]["total_tokens"] == 0


def test_compaction_by_its_own_path_passes() -> None:
    compact = route("openai.responses.compact")
    sent = compact.adapt_request({"model": "m", "input": HELLO, "store": False}, {}, target(), pytest.fail)
    answer = {"id": "resp_1", "object": "response.compaction", "output": HELLO}

    assert (sent.path, sent.body) == ("/responses/compact", {"model": "gpt-5", "input": HELLO})
    assert json.loads(compact.adapt_response(json.dumps(answer).encode(), sent, target())[0])["output"] == HELLO


def test_compaction_by_its_own_path_comes_whole() -> None:
    with pytest.raises(ClientError) as caught:
        route("openai.responses.compact").adapt_request({"input": "a", "stream": True}, {}, target(), pytest.fail)

    assert caught.value.param == "stream"


# --- answers


def answer(**changes: Any) -> bytes:
    call = {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "a", "name": "agents__spawn"}
    response = {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "error": None,
        "background": False,
        "model": "gpt-5-2025-08-07-dz-std",
        "content_filters": [{"blocked": False}],
        "output": [{**call, "arguments": "{}"}],
        "usage": {"input_tokens": 3, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 2}},
        **changes,
    }
    return json.dumps(response).encode()


def test_an_answer_becomes_the_clients() -> None:
    body, usage = route().adapt_response(answer(), adapt(tools=[AGENTS]), target())

    response = json.loads(body)
    assert response["model"] == "my-gpt"
    assert "content_filters" not in response
    assert (response["output"][0]["name"], response["output"][0]["namespace"]) == ("spawn", "agents")
    assert response["usage"]["total_tokens"] == 7
    assert usage == Usage(3, 4, cached_tokens=2)


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"status": "failed", "error": {"code": "server_error", "message": "m"}}, 500), ({"output": None}, 502)],
)
def test_an_answer_that_is_none_is_an_error(changes: Any, status: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        route().adapt_response(answer(**changes), adapt(), target())

    assert caught.value.status == status


def test_a_failure_in_the_background_is_what_its_client_asked_for() -> None:
    failed = answer(status="failed", background=True, error={"code": "server_error", "message": "m"})

    assert json.loads(route().adapt_response(failed, adapt(), target())[0])["status"] == "failed"
