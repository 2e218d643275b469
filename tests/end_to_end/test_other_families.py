"""The families beside Azure, Claude and Gemini, and the models behind orchestration, by both official SDKs."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from proxy_core.settings.model import OrchestrationSettings
from proxy_core.simulator.faults import Fault
from proxy_core.simulator.world import demo_world
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_conversations import (
    ANTHROPIC_TOOL,
    OPENAI_TOOL,
    PERSON,
    chat,
    message,
    png,
    streamed_or_not,
)

NOVA, NOVA_LITE, MISTRAL = "amazon--nova-pro", "amazon--nova-lite", "mistralai--mistral-small"
SONAR, COMMAND = "sonar", "cohere--command-a-reasoning"
CONVERSE_CLAUDE = "anthropic--claude-sonnet-5"
NEWEST_CLAUDE = "anthropic--claude-4.7-opus"
ORCHESTRATED = ("gpt-5.5", NEWEST_CLAUDE, "gemini-2.5-flash-lite", "mistralai--mistral-medium-instruct")
TALKERS = (NOVA, MISTRAL, SONAR, COMMAND, CONVERSE_CLAUDE, *ORCHESTRATED, "sap-abap-1", "sonar-pro")
CALLERS = (NOVA, MISTRAL, COMMAND, CONVERSE_CLAUDE, *ORCHESTRATED)
SEERS = (NOVA, MISTRAL, SONAR, CONVERSE_CLAUDE, *ORCHESTRATED[:3])
THINKERS = (COMMAND, CONVERSE_CLAUDE, NEWEST_CLAUDE)
FILTERED = "gpt-4.1"
MODULES = {
    "filtering": {"input": {"filters": [{"type": "azure_content_safety", "config": {"hate": 2}}]}},
    "masking": {"providers": [{"type": "sap_data_privacy_integration", "method": "anonymization", "entities": []}]},
}
TWO_CALLS = '[[sim: call weather {"city": "Köln"}]] [[sim: call weather {"city": "Rom"}]]'

talkers = pytest.mark.parametrize("model", TALKERS)
callers = pytest.mark.parametrize("model", CALLERS)
seers = pytest.mark.parametrize("model", SEERS)
thinkers = pytest.mark.parametrize("model", THINKERS)


@pytest.fixture(scope="module")
def wide_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Beside the demo's models a Claude that answers on `/converse` alone, and a model with filter and masking."""
    world = demo_world()
    world.deploy("demo-eu", CONVERSE_CLAUDE, executable="aws-bedrock")
    orchestration = OrchestrationSettings(modules={FILTERED: MODULES})
    with running_stand(tmp_path_factory.mktemp("wide"), world=world, orchestration=orchestration) as stand:
        yield stand


@pytest.fixture
def wide(wide_stand: Stand) -> Iterator[Stand]:
    wide_stand.reset()
    yield wide_stand
    wide_stand.reset()


def said(blocks: Any) -> str:
    return "".join(block.text for block in blocks if block.type == "text")


@talkers
@streamed_or_not
def test_chat_answers_in_text_with_usage(wide: Stand, model: str, stream: bool) -> None:
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": '[[sim: say It\'s "Grüße", data: 😀 {{x}}]]'},
    ]

    answer = chat(wide, stream, model=model, messages=messages)

    assert answer.choices[0].message.content == 'It\'s "Grüße", data: 😀 {{x}}'
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", model)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


@talkers
@streamed_or_not
def test_messages_answers_in_text_with_usage(wide: Stand, model: str, stream: bool) -> None:
    answer = message(
        wide,
        stream,
        model=model,
        max_tokens=500,
        system="Be brief.",
        messages=[{"role": "user", "content": "[[sim: say Grüße, data: 😀]]"}],
    )

    assert said(answer.content).startswith("Grüße, data: 😀")
    assert (answer.stop_reason, answer.model) == ("end_turn", model)
    assert min(answer.usage.input_tokens, answer.usage.output_tokens) > 0


@callers
@streamed_or_not
def test_chat_carries_parallel_calls_and_their_results(wide: Stand, model: str, stream: bool) -> None:
    messages: list[Any] = [{"role": "user", "content": TWO_CALLS}]
    first = chat(wide, stream, model=model, messages=messages, tools=[OPENAI_TOOL])
    calls = first.choices[0].message.tool_calls
    messages.append(first.choices[0].message.model_dump(exclude_none=True))
    messages += [{"role": "tool", "tool_call_id": call.id, "content": f"{n} C"} for n, call in enumerate(calls, 15)]

    second = chat(wide, stream, model=model, messages=messages, tools=[OPENAI_TOOL])

    assert first.choices[0].finish_reason == "tool_calls"
    assert [json.loads(call.function.arguments) for call in calls] == [{"city": "Köln"}, {"city": "Rom"}]
    assert "15 C" in second.choices[0].message.content
    assert second.choices[0].finish_reason == "stop"


@callers
@streamed_or_not
def test_messages_carry_parallel_calls_and_their_results(wide: Stand, model: str, stream: bool) -> None:
    messages: list[Any] = [{"role": "user", "content": TWO_CALLS}]
    first = message(wide, stream, model=model, max_tokens=900, messages=messages, tools=[ANTHROPIC_TOOL])
    calls = [block for block in first.content if block.type == "tool_use"]
    kept = [block.model_dump(exclude_none=True) for block in first.content]
    results: list[Any] = [
        {"type": "tool_result", "tool_use_id": calls[0].id, "content": "15 C"},
        {"type": "tool_result", "tool_use_id": calls[1].id, "content": "no such city", "is_error": True},
        {"type": "text", "text": "<system-reminder>Be brief.</system-reminder>"},
    ]
    messages += [{"role": "assistant", "content": kept}, {"role": "user", "content": results}]

    second = message(wide, stream, model=model, max_tokens=900, messages=messages, tools=[ANTHROPIC_TOOL])

    assert first.stop_reason == "tool_use"
    assert [call.input for call in calls] == [{"city": "Köln"}, {"city": "Rom"}]
    assert "15 C" in said(second.content)
    assert second.stop_reason == "end_turn"


@callers
def test_calls_of_another_model_are_taken(wide: Stand, model: str) -> None:
    function = {"name": "weather", "arguments": '{"city":"Rom"}'}
    identity = "toolu_01.A:very-long-id-of-another-vendor-that-is-not-taken-everywhere"
    messages: list[Any] = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "tool_calls": [{"id": identity, "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": identity, "content": "15 C"},
    ]

    answer = chat(wide, stream=False, model=model, messages=messages, tools=[OPENAI_TOOL])

    assert "15 C" in answer.choices[0].message.content


@callers
@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "weather"}}], ids=str)
def test_a_tool_can_be_forced(wide: Stand, model: str, choice: Any) -> None:
    answer = chat(
        wide,
        stream=False,
        model=model,
        messages=[{"role": "user", "content": "hello"}],
        tools=[OPENAI_TOOL],
        tool_choice=choice,
    )

    assert [call.function.name for call in answer.choices[0].message.tool_calls] == ["weather"]


@callers
def test_tools_can_be_forbidden(wide: Stand, model: str) -> None:
    answer = chat(
        wide,
        stream=False,
        model=model,
        messages=[{"role": "user", "content": "weather in Rome?"}],
        tools=[OPENAI_TOOL],
        tool_choice="none",
    )

    assert answer.choices[0].message.tool_calls is None
    assert answer.choices[0].message.content


@seers
@streamed_or_not
def test_images_are_seen_in_both_dialects(wide: Stand, model: str, stream: bool) -> None:
    url = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{png()}"}}
    source = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png()}}
    text = {"type": "text", "text": "What is it?"}

    by_chat = chat(wide, stream, model=model, messages=[{"role": "user", "content": [text, url]}])
    by_messages = message(
        wide, stream, model=model, max_tokens=500, messages=[{"role": "user", "content": [text, source]}]
    )

    assert "I see 1 image" in by_chat.choices[0].message.content
    assert "I see 1 image" in said(by_messages.content)


@thinkers
@streamed_or_not
def test_thoughts_are_shown_and_come_home(wide: Stand, model: str, stream: bool) -> None:
    asked: list[Any] = [{"role": "user", "content": "weather in Rome?"}]
    thinking: Any = {"type": "enabled", "budget_tokens": 1024}
    options = {"model": model, "max_tokens": 4000, "thinking": thinking, "tools": [ANTHROPIC_TOOL]}
    first = message(wide, stream, messages=asked, **options)
    kept = [block.model_dump(exclude_none=True) for block in first.content]
    calls = [block for block in first.content if block.type == "tool_use"]
    result = {"type": "tool_result", "tool_use_id": calls[0].id, "content": "15 C"}
    asked += [{"role": "assistant", "content": kept}, {"role": "user", "content": [result]}]

    second = message(wide, stream, messages=asked, **options)
    by_chat = chat(wide, stream, model=model, messages=[{"role": "user", "content": "hi"}], reasoning_effort="low")

    assert first.content[0].type == "thinking"
    assert first.content[0].thinking
    assert "15 C" in said(second.content)
    assert by_chat.choices[0].message.model_extra["reasoning_content"]


@pytest.mark.parametrize("model", [NOVA, MISTRAL, SONAR, COMMAND, CONVERSE_CLAUDE, *ORCHESTRATED])
@streamed_or_not
def test_structured_output_is_json_of_the_schema(wide: Stand, model: str, stream: bool) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, "strict": True}}
    options: Any = {"model": model, "messages": [{"role": "user", "content": "Who?"}], "response_format": wanted}

    answer = chat(wide, stream, **options)

    assert set(json.loads(answer.choices[0].message.content)) == {"name", "age"}
    assert answer.choices[0].finish_reason == "stop"


@talkers
@streamed_or_not
def test_a_limit_is_told_as_such(wide: Stand, model: str, stream: bool) -> None:
    answer = message(
        wide,
        stream,
        model=model,
        max_tokens=20,
        messages=[{"role": "user", "content": "[[sim: words 60]]"}],
    )

    untold = stream and model == NEWEST_CLAUDE  # the service tells no reason in the newest Claude's streams
    assert answer.stop_reason == ("end_turn" if untold else "max_tokens")


@talkers
@streamed_or_not
def test_throttling_is_a_429_in_both_sdks(wide: Stand, model: str, stream: bool) -> None:
    for deployment in wide.deployments(model):
        wide.world.faults.set(deployment, Fault("status", status=429, retry_after="7"))

    with pytest.raises(openai.RateLimitError) as by_chat:
        chat(wide, stream, model=model, messages=[{"role": "user", "content": "hi"}])
    with pytest.raises(anthropic.RateLimitError):
        message(wide, stream, model=model, max_tokens=50, messages=[{"role": "user", "content": "hi"}])

    assert by_chat.value.response.headers["retry-after"] == "7"


@pytest.mark.parametrize("model", [NOVA, MISTRAL, SONAR, COMMAND, CONVERSE_CLAUDE, *ORCHESTRATED])
def test_a_stream_that_breaks_off_is_an_error(wide: Stand, model: str) -> None:
    for deployment in wide.deployments(model):
        wide.world.faults.set(deployment, Fault("end", after_frames=4))

    with pytest.raises((openai.APIError, anthropic.APIError)):
        message(
            wide,
            stream=True,
            model=model,
            max_tokens=500,
            messages=[{"role": "user", "content": "[[sim: words 40]]"}],
        )


def test_the_binary_stream_is_never_asked_for_and_python_printing_is_read(wide: Stand) -> None:
    text = "[[sim: say It's 'quoted' \"twice\" \\ None True\t😀]]"

    answer = chat(wide, stream=True, model=NOVA, messages=[{"role": "user", "content": text}])

    assert answer.choices[0].message.content == "It's 'quoted' \"twice\" \\ None True\t😀"
    assert wide.world.requests.last().headers["accept"] == "application/json"


def test_a_claude_that_speaks_only_converse_is_found_out_once(wide: Stand) -> None:
    for _ in range(2):
        chat(wide, stream=False, model=CONVERSE_CLAUDE, messages=[{"role": "user", "content": "hi"}])

    paths = [seen.path.rpartition("/")[2] for seen in wide.world.requests.inference()]
    assert paths[-2:] == ["converse", "converse"]
    assert paths.count("invoke") <= 1


def test_nova_gets_a_schema_that_it_takes(wide: Stand) -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"place": {"$ref": "#/definitions/Place"}},
        "additionalProperties": False,
        "definitions": {"Place": {"type": "string"}},
    }
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": schema}}

    answer = chat(wide, stream=False, model=NOVA, messages=[{"role": "user", "content": "weather?"}], tools=[tool])

    assert answer.choices[0].finish_reason == "tool_calls"


def test_sonars_sources_stay_on_the_chat_wire_and_follow_the_text_elsewhere(wide: Stand) -> None:
    by_chat = chat(wide, stream=False, model=SONAR, messages=[{"role": "user", "content": "hi"}])
    by_messages = message(
        wide, stream=True, model=SONAR, max_tokens=500, messages=[{"role": "user", "content": "hi"}]
    )

    assert by_chat.model_extra["citations"][0].startswith("https://help.sap.com")
    assert "Sources:\n[1] SAP AI Core https://help.sap.com" in by_messages.content[-1].text


def test_sonar_refuses_tools_before_sap_is_asked(wide: Stand) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        chat(
            wide,
            stream=False,
            model=SONAR,
            messages=[{"role": "user", "content": "hi"}],
            tools=[OPENAI_TOOL],
        )

    assert "cannot call tools" in str(refused.value)
    assert wide.inference_bodies() == []


def test_orchestrated_models_are_listed_with_their_facts(wide: Stand) -> None:
    listed = {entry["id"]: entry for entry in wide.request("GET", "/v1/models").json()["data"]}

    assert all(listed[model]["orchestrated"] for model in (*ORCHESTRATED, "sap-abap-1", FILTERED))
    assert not any(listed[model]["orchestrated"] for model in (NOVA, MISTRAL, SONAR, COMMAND, "gpt-5"))
    assert listed["gpt-5.5"]["context_length"] == 1_050_000
    assert listed["gpt-4o"]["retirement_date"] == "2026-10-01"
    assert listed["gpt-4o"]["deprecated"] is True
    assert listed["claude-sonnet-4-5"]["input_types"] == ["text", "image", "document"]
    assert listed["amazon--nova-lite"]["max_output_tokens"] == 64_000


def test_a_direct_deployment_is_asked_where_there_is_one(wide: Stand) -> None:
    chat(wide, stream=False, model="gpt-5", messages=[{"role": "user", "content": "hi"}])

    assert wide.world.requests.last().path.endswith("/chat/completions")


def test_a_model_that_may_not_stream_is_found_out_once(wide: Stand) -> None:
    for _ in range(4):  # twice in each sub-account
        chat(wide, stream=True, model="sap-abap-1", messages=[{"role": "user", "content": "hi"}])

    asked = [body["config"].get("stream") for body in wide.inference_bodies()]
    assert asked[-2:] == [None, None]
    assert asked.count({"enabled": True}) <= 2


def test_filters_and_masking_stand_around_the_model_they_were_configured_for(wide: Stand) -> None:
    chat(wide, stream=False, model=FILTERED, messages=[{"role": "user", "content": "hi"}])
    modules = wide.inference_bodies()[-1]["config"]["modules"]

    with pytest.raises(openai.BadRequestError) as filtered:
        chat(
            wide,
            stream=True,
            model=FILTERED,
            messages=[{"role": "user", "content": "[[sim: filter prompt]] hi"}],
        )

    assert {key: modules[key] for key in MODULES} == MODULES
    assert filtered.value.code == "content_filter"


def test_an_error_of_the_model_behind_orchestration_keeps_its_words(wide: Stand) -> None:
    with pytest.raises(openai.RateLimitError) as throttled:
        chat(
            wide,
            stream=True,
            model="gpt-5.5",
            messages=[{"role": "user", "content": "[[sim: extra throttled 30]] hi"}],
        )

    assert "Too many requests" in str(throttled.value)
    assert throttled.value.response.headers["retry-after"] == "30"


def test_placeholders_beside_tools_reach_the_model_with_an_invisible_mark(wide: Stand) -> None:
    answer = wide.request(
        "POST",
        "/v1/chat/completions",
        {
            "model": "gpt-5.5",
            "messages": [{"role": "user", "content": "[[sim: say ok]] {{ name }} {% if x %}"}],
            "tools": [OPENAI_TOOL],
        },
    )

    assert (answer.status, answer.headers["x-proxy-dropped"]) == (200, "{{")
    assert answer.json()["choices"][0]["message"]["content"] == "ok"
