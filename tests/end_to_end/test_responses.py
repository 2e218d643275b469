"""The Responses API on every family, by the official SDK and over the wire."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from proxy_core.engine import EngineOptions
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from proxy_core.simulator.world import demo_world
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_conversations import CITY, PDF, PERSON, png
from tests.end_to_end.toy_deployment import HEAD, chunk_of, toy_deployment
from tests.responses_grammar import check_responses_stream, events_of

NATIVE = ("gpt-5", "gpt-4o")
TRANSLATED = ("anthropic--claude-4.5-sonnet", "anthropic--claude-4.6-opus", "gemini-2.5-pro", "gemini-3.5-flash")
MODELS = (*NATIVE, *TRANSLATED)
THINKING = ("gpt-5", *TRANSLATED)
TWICE = ("gpt-4o", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro")
"""One of each family, each deployed in both sub-accounts."""
every_model = pytest.mark.parametrize("model", MODELS)
each_family = pytest.mark.parametrize("model", TWICE)
streamed_or_not = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])

WEATHER: Any = {"type": "function", "name": "weather", "description": "Weather", "parameters": CITY}
PATCH: Any = {"type": "custom", "name": "patch", "description": "Patches files."}
AGENTS: Any = {
    "type": "namespace",
    "name": "agents",
    "description": "Helpers.",
    "tools": [{**WEATHER, "name": "spawn"}],
}
SEARCH: Any = {"type": "web_search"}
SEALED = ["reasoning.encrypted_content"]


def ask(stand: Stand, model: str, given: Any, *, stream: bool = True, **body: Any) -> Any:
    """The complete response; a stream is checked on its way."""
    if not stream:
        return stand.openai().responses.create(model=model, input=given, **body).to_dict()
    sent = {"model": model, "input": given, "stream": True, **body}
    answer = stand.request("POST", "/v1/responses", sent)
    assert answer.status == 200, answer.body
    return check_responses_stream(events_of(answer.body))


def text_of(response: Any) -> str:
    messages = [item for item in response["output"] if item["type"] == "message"]
    return "".join(part["text"] for item in messages for part in item["content"])


def calls_of(response: Any) -> list[Any]:
    return [item for item in response["output"] if item["type"].endswith("_call")]


def outputs(response: Any, *texts: str) -> list[Any]:
    return [
        {"type": f"{call['type']}_output", "call_id": call["call_id"], "output": text}
        for call, text in zip(calls_of(response), texts, strict=True)
    ]


def said(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


# --- what a conversation holds


@every_model
@streamed_or_not
def test_an_answer_in_text_with_usage(stand: Stand, model: str, stream: bool) -> None:
    response = ask(stand, model, "[[sim: say Grüße, data: 😀]]", stream=stream, instructions="Be brief.")

    assert text_of(response) == "Grüße, data: 😀"
    assert (response["status"], response["model"]) == ("completed", model)
    usage = response["usage"]
    assert 0 < usage["input_tokens"] < usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@every_model
def test_the_sdk_gathers_a_stream(stand: Stand, model: str) -> None:
    with stand.openai().responses.stream(model=model, input="[[sim: say hello there]]", tools=[WEATHER]) as stream:
        response = stream.get_final_response()

    assert response.output_text == "hello there"


@every_model
@streamed_or_not
def test_calls_of_every_kind_of_tool_and_their_results(stand: Stand, model: str, stream: bool) -> None:
    tools = [WEATHER, SEARCH, PATCH, AGENTS]
    question = said(
        '[[sim: call weather {"city": "Köln"}]] [[sim: call patch {"input": "*** Begin \\"x\\""}]] '
        '[[sim: call agents__spawn {"city": "Rom"}]]'
    )
    first = ask(stand, model, question, stream=stream, tools=tools, tool_choice="auto", store=False)
    calls = calls_of(first)
    history = [*question, *first["output"], *outputs(first, "15 C", "patched", "spawned")]
    second = ask(stand, model, history, stream=stream, tools=tools, store=False)

    assert [(call["type"], call["name"], call.get("namespace")) for call in calls] == [
        ("function_call", "weather", None),
        ("custom_tool_call", "patch", None),
        ("function_call", "spawn", "agents"),
    ]
    assert json.loads(calls[0]["arguments"]) == {"city": "Köln"}
    assert calls[1]["input"] == '*** Begin "x"'
    assert all(word in text_of(second) for word in ("15 C", "patched", "spawned"))


@every_model
def test_tools_of_the_lite_form(stand: Stand, model: str) -> None:
    """Codex sends them to the newest models: no `tools`, one item with a namespace of functions."""
    lite = {
        "type": "additional_tools",
        "role": "developer",
        "tools": [{**AGENTS, "name": "functions", "tools": [PATCH]}],
    }
    question = said('[[sim: call functions__patch {"input": "*** Begin"}]]')
    first = ask(stand, model, [lite, *question], parallel_tool_calls=False, store=False)
    second = ask(stand, model, [lite, *question, *first["output"], *outputs(first, "patched")], store=False)

    (call,) = calls_of(first)
    assert (call["type"], call["name"], call["namespace"]) == ("custom_tool_call", "patch", "functions")
    assert "patched" in text_of(second)


@every_model
@pytest.mark.parametrize(
    "choice",
    [
        "required",
        {"type": "function", "name": "weather"},
        {"type": "function", "name": "spawn", "namespace": "agents"},
    ],
)
def test_a_tool_can_be_forced(stand: Stand, model: str, choice: Any) -> None:
    response = ask(stand, model, "hello", tools=[WEATHER, AGENTS], tool_choice=choice)

    wanted = choice["name"] if isinstance(choice, dict) else "weather"
    assert [call["name"] for call in calls_of(response)] == [wanted]


@every_model
@streamed_or_not
def test_an_answer_repeats_what_the_client_asked_for(stand: Stand, model: str, stream: bool) -> None:
    asked: Any = {
        "tools": [WEATHER, PATCH, AGENTS, SEARCH],
        "tool_choice": {"type": "function", "name": "spawn", "namespace": "agents"},
        "instructions": "Be brief.",
        "metadata": {"ticket": "7"},
        "max_output_tokens": 500,
        "truncation": "auto",
    }
    response = ask(stand, model, "hello", stream=stream, **asked)

    assert {key: response[key] for key in asked} == asked


@every_model
@pytest.mark.parametrize("kind", ["web_search", "image_generation"])
def test_a_choice_of_a_tool_at_the_vendor_is_repaired(stand: Stand, model: str, kind: str) -> None:
    response = ask(stand, model, "[[sim: say fine]]", tools=[WEATHER, {"type": kind}], tool_choice={"type": kind})

    assert text_of(response) == "fine"


@every_model
def test_pictures_and_documents(stand: Stand, model: str) -> None:
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{png()}"}
    document = {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}
    content = [{"type": "input_text", "text": "look"}, picture, document]
    response = ask(stand, model, [{"role": "user", "content": content}])

    assert "1 image" in text_of(response)
    assert "1 document" in text_of(response)


@every_model
def test_a_picture_in_a_tools_output(stand: Stand, model: str) -> None:
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{png()}"}
    call = {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"}
    output = [{"type": "input_text", "text": "a map"}, picture]
    history = [*said("look"), call, {"type": "function_call_output", "call_id": "call_1", "output": output}]
    response = ask(stand, model, history, tools=[WEATHER])

    assert "a map" in text_of(response)
    assert "1 image" in text_of(response)


@pytest.mark.parametrize("model", THINKING)
@streamed_or_not
def test_sealed_thoughts_come_home(stand: Stand, model: str, stream: bool) -> None:
    settings: Any = {"tools": [WEATHER], "reasoning": {"effort": "high", "summary": "auto"}, "include": SEALED}
    question = said('[[sim: call weather {"city": "Köln"}]]')
    first = ask(stand, model, question, stream=stream, store=False, **settings)
    history = [*question, *first["output"], *outputs(first, "15 C")]
    second = ask(stand, model, history, stream=stream, store=False, **settings)

    thoughts = [item for item in first["output"] if item["type"] == "reasoning"]
    assert any(item.get("encrypted_content") for item in thoughts)
    assert any(item["summary"] for item in thoughts)
    assert "15 C" in text_of(second)


@pytest.mark.parametrize("model", TRANSLATED[:2])
def test_claudes_thoughts_reach_claude_again_signed(stand: Stand, model: str) -> None:
    settings: Any = {"tools": [WEATHER], "reasoning": {"effort": "high"}, "store": False}
    question = said('[[sim: call weather {"city": "Köln"}]]')
    first = ask(stand, model, question, **settings)
    ask(stand, model, [*question, *first["output"], *outputs(first, "15 C")], **settings)

    blocks = stand.inference_bodies()[-1]["messages"][1]["content"]
    assert blocks[0]["type"] == "thinking"
    assert blocks[0]["signature"]


@pytest.mark.parametrize(("first", "then"), [(one, other) for one in TWICE for other in TWICE if one != other])
def test_a_conversation_goes_on_with_another_vendors_model(stand: Stand, first: str, then: str) -> None:
    settings: Any = {"tools": [WEATHER], "reasoning": {"effort": "high"}, "include": SEALED, "store": False}
    question = said('[[sim: call weather {"city": "Köln"}]]')
    begun = ask(stand, first, question, **settings)
    response = ask(stand, then, [*question, *begun["output"], *outputs(begun, "15 C")], **settings)

    assert "15 C" in text_of(response)


@every_model
@streamed_or_not
def test_structured_output(stand: Stand, model: str, stream: bool) -> None:
    wanted = {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}
    response = ask(stand, model, "who?", stream=stream, text={"format": wanted})

    assert json.loads(text_of(response)).keys() == {"name", "age"}


@every_model
@streamed_or_not
def test_an_answer_that_is_cut_says_so(stand: Stand, model: str, stream: bool) -> None:
    response = ask(stand, model, "[[sim: words 500]]", stream=stream, max_output_tokens=20)

    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}


# --- state


@every_model
@streamed_or_not
def test_a_conversation_goes_on_from_its_last_response(stand: Stand, model: str, stream: bool) -> None:
    first = ask(stand, model, '[[sim: call weather {"city": "Köln"}]]', stream=stream, tools=[WEATHER])
    second = ask(
        stand, model, outputs(first, "15 C"), stream=stream, previous_response_id=first["id"], tools=[WEATHER]
    )
    third = ask(stand, model, "and?", stream=stream, previous_response_id=second["id"])

    assert "15 C" in text_of(second)
    assert third["status"] == "completed"


@pytest.mark.parametrize(("first", "then"), [(one, other) for one in TWICE for other in TWICE if one != other])
def test_another_model_goes_on_from_a_response(stand: Stand, first: str, then: str) -> None:
    begun = ask(stand, first, '[[sim: call weather {"city": "Köln"}]]', tools=[WEATHER])
    response = ask(stand, then, outputs(begun, "15 C"), previous_response_id=begun["id"], tools=[WEATHER])

    assert "15 C" in text_of(response)


def test_the_deployment_that_keeps_a_response_is_asked_again(stand: Stand) -> None:
    first = ask(stand, "gpt-4o", "hello")
    for _ in range(3):
        ask(stand, "gpt-4o", "more", previous_response_id=first["id"])

    asked = [seen.deployment for seen in stand.world.requests.inference()]
    assert len(set(asked)) == 1
    assert len(stand.deployments("gpt-4o")) > 1


@each_family
def test_items_can_be_referred_to(stand: Stand, model: str) -> None:
    """The AI SDK sends references in place of what it was answered."""
    first = ask(stand, model, '[[sim: call weather {"city": "Köln"}]]', tools=[WEATHER])
    references = [{"type": "item_reference", "id": item["id"]} for item in first["output"]]
    response = ask(stand, model, [*said("x"), *references, *outputs(first, "15 C")], tools=[WEATHER])
    assert "15 C" in text_of(response)


@each_family
def test_a_kept_response_can_be_read_listed_and_deleted(stand: Stand, model: str) -> None:
    client = stand.openai()
    made = client.responses.create(model=model, input="[[sim: say hello there]]")

    assert client.responses.retrieve(made.id).output_text == "hello there"
    assert client.responses.retrieve(made.id).model == model
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        client.responses.cancel(made.id)
    client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(made.id)


@each_family
def test_what_was_asked_can_be_listed(stand: Stand, model: str) -> None:
    made = ask(stand, model, said("hello"))

    (item,) = stand.request("GET", f"/v1/responses/{made['id']}/input_items").json()["data"]
    assert (item["type"], item["role"]) == ("message", "user")
    assert item["content"] == [{"type": "input_text", "text": "hello"}]


@each_family
def test_what_was_asked_can_be_listed_in_pages(stand: Stand, model: str) -> None:
    asked = [*said("one"), {"role": "assistant", "content": "two"}, *said("three")]
    made = ask(stand, model, asked)
    client = stand.openai()

    pages = client.responses.input_items.list(made["id"], limit=1, order="asc")
    texts = [item.to_dict()["content"][0]["text"] for item in pages]  # type: ignore[index]
    newest = client.responses.input_items.list(made["id"]).data[0].to_dict()
    assert texts == ["one", "two", "three"]
    assert newest["content"][0]["text"] == "three"  # type: ignore[index]


@each_family
@pytest.mark.parametrize(
    ("query", "param"),
    [("limit=0", "limit"), ("limit=many", "limit"), ("order=random", "order"), ("after=item_gone", "after")],
)
def test_a_page_that_is_none_is_refused(stand: Stand, model: str, query: str, param: str) -> None:
    made = ask(stand, model, said("hello"))
    stand.world.requests.clear()
    answer = stand.request("GET", f"/v1/responses/{made['id']}/input_items?{query}")

    assert (answer.status, answer.json()["error"]["param"]) == (400, param)
    assert stand.inference_bodies() == []


@each_family
def test_what_is_not_stored_is_not_kept(stand: Stand, model: str) -> None:
    made = ask(stand, model, "hello", store=False)

    assert stand.request("GET", f"/v1/responses/{made['id']}").status == 404


@pytest.mark.parametrize("model", TWICE[1:])
def test_an_unknown_response_is_refused_before_sap_is_asked(stand: Stand, model: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        stand.openai().responses.create(model=model, input="a", previous_response_id="resp_gone")

    assert caught.value.code == "previous_response_not_found"
    assert stand.inference_bodies() == []


def test_a_reference_that_azure_does_not_know_is_no_missing_deployment(stand: Stand) -> None:
    body = {"model": "gpt-4o", "input": [{"type": "item_reference", "id": "msg_gone"}]}
    answer = stand.request("POST", "/v1/responses", body)

    assert (answer.status, answer.json()["error"]["message"]) == (404, "Item with id 'msg_gone' not found.")
    asked = {seen.deployment for seen in stand.world.requests.inference()}
    assert asked == set(stand.deployments("gpt-4o"))


def test_azure_answers_in_the_background(stand: Stand) -> None:
    client = stand.openai()
    queued = client.responses.create(model="gpt-5", input="[[sim: say hello there]]", background=True)

    assert queued.status == "queued"
    assert client.responses.retrieve(queued.id).output_text == "hello there"
    assert client.responses.cancel(queued.id).status == "cancelled"


@each_family
def test_a_background_response_can_be_streamed(stand: Stand, model: str) -> None:
    response = ask(stand, model, "[[sim: say hello there]]", background=True)

    assert text_of(response) == "hello there"


def test_a_kept_response_cannot_be_streamed_again(stand: Stand) -> None:
    made = ask(stand, "gpt-5", "hello")

    answer = stand.request("GET", f"/v1/responses/{made['id']}?stream=true")
    assert (answer.status, answer.json()["error"]["param"]) == (400, "stream")


# --- compaction


@every_model
@streamed_or_not
def test_a_conversation_is_folded_on_demand(stand: Stand, model: str, stream: bool) -> None:
    history = [*said("hello"), {"role": "assistant", "content": "hi"}, {"type": "compaction_trigger"}]
    response = ask(stand, model, history, stream=stream, tools=[WEATHER], store=False)

    (item,) = response["output"]
    assert item["type"] == "compaction"
    after = ask(stand, model, [*said("hello"), item, *said("[[sim: say going on]]")], stream=stream)
    assert text_of(after) == "going on"


@every_model
def test_a_conversation_is_folded_by_its_own_path(stand: Stand, model: str) -> None:
    body = {"model": model, "input": [*said("hello"), {"role": "assistant", "content": "hi"}]}
    folded = stand.request("POST", "/v1/responses/compact", body).json()

    assert folded["object"] == "response.compaction"
    assert [item["type"] for item in folded["output"] if "role" not in item] == ["compaction"]
    assert text_of(ask(stand, model, [*folded["output"], *said("[[sim: say going on]]")])) == "going on"


@pytest.mark.parametrize("then", TWICE)
def test_another_model_reads_a_summary_of_this_proxy(stand: Stand, then: str) -> None:
    history = [*said("hello"), {"type": "compaction_trigger"}]
    folded = ask(stand, "gemini-2.5-pro", history)
    ask(stand, then, [*folded["output"], *said("go on")])

    assert "What was said before" in json.dumps(stand.inference_bodies()[-1])


# --- other paths to the same


@pytest.mark.parametrize("path", ["/responses", "/v1/v1/responses", "/openai/v1/responses", "/v1/responses/"])
def test_every_spelling_of_the_path_works(stand: Stand, path: str) -> None:
    answer = stand.request("POST", path, {"model": "gpt-5", "input": "[[sim: say fine]]"})

    assert text_of(answer.json()) == "fine"


@pytest.fixture(scope="module")
def new_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A stand with a model that has no chat path."""
    world = demo_world()
    world.deploy("demo-eu", "gpt-5.3-codex")
    with running_stand(tmp_path_factory.mktemp("new_models"), world=world) as stand:
        yield stand


@streamed_or_not
@pytest.mark.parametrize(("model", "effort"), [("gpt-5.3-codex", None), ("gpt-5.4", "high")])
def test_a_chat_client_reaches_what_only_the_responses_api_serves(
    new_models: Stand, model: str, effort: str | None, stream: bool
) -> None:
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": CITY}}
    settings: Any = {"model": model, "tools": [tool], **({"reasoning_effort": effort} if effort else {})}
    messages: list[Any] = said('[[sim: call weather {"city": "Köln"}]]')
    first = chat(new_models, stream, messages=messages, **settings)
    call = first.tool_calls[0]
    messages += [first.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": "15 C"}]
    second = chat(new_models, stream, messages=messages, **settings)

    assert json.loads(call.function.arguments) == {"city": "Köln"}
    assert "15 C" in second.content
    last = new_models.inference_bodies()[-1]
    assert [item["type"] for item in last["input"]][1:3] == ["reasoning", "message"] or effort is None
    assert (last.get("reasoning") or {}).get("effort") == effort


def chat(stand: Stand, stream: bool, **body: Any) -> Any:
    client = stand.openai()
    if not stream:
        return client.chat.completions.create(**body).choices[0].message
    with client.chat.completions.stream(**body) as answer:
        return answer.get_final_completion().choices[0].message


@streamed_or_not
@pytest.mark.parametrize("model", ["gpt-5.3-codex", "gpt-5.4"])
def test_a_messages_client_reaches_it_too(new_models: Stand, model: str, stream: bool) -> None:
    client = new_models.anthropic()
    settings: Any = {
        "model": model,
        "max_tokens": 20_000,
        "tools": [{"name": "weather", "input_schema": CITY}],
        "thinking": {"type": "enabled", "budget_tokens": 9000},
    }

    def message(messages: list[Any]) -> Any:
        if not stream:
            return client.messages.create(messages=messages, **settings)
        with client.messages.stream(messages=messages, **settings) as answer:
            return answer.get_final_message()

    question = said('[[sim: call weather {"city": "Köln"}]]')
    first = message(question)
    use = first.content[-1]
    result = {"type": "tool_result", "tool_use_id": use.id, "content": "15 C"}
    content = [block.to_dict() for block in first.content]
    second = message([*question, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}])

    assert first.content[0].type == "thinking"
    assert use.input == {"city": "Köln"}
    assert "15 C" in second.content[-1].text
    assert new_models.inference_bodies()[-1]["input"][1]["type"] == "reasoning"


def test_a_deployment_without_the_responses_api_is_reached_by_chat(stand: Stand) -> None:
    error = json.dumps(
        {"error": {"code": "OperationNotSupported", "message": "The responses operation does not work."}}
    )
    for identity in stand.deployments("gpt-4.1"):
        stand.world.faults.set(identity, Fault("status", status=400, text=error, path="/responses"))

    answers = [text_of(ask(stand, "gpt-4.1", "[[sim: say fine]]")) for _ in range(2)]

    assert answers == ["fine", "fine"]
    paths = [seen.path for seen in stand.world.requests.inference()]
    assert sum(path.endswith("/responses") for path in paths) == 1


# --- errors


@each_family
@streamed_or_not
def test_another_deployment_answers_when_one_throttles(stand: Stand, model: str, stream: bool) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("throttle" if stream else "status", status=429, times=1))

    assert text_of(ask(stand, model, "[[sim: say hello there]]", stream=stream)) == "hello there"
    assert len(stand.inference_bodies()) == 2


@each_family
def test_throttling_after_a_200_is_a_429(stand: Stand, model: str) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("throttle"))
    answer = stand.request("POST", "/v1/responses", {"model": model, "input": "a", "stream": True})

    assert (answer.status, answer.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert int(answer.headers["retry-after"]) > 0


@each_family
@pytest.mark.parametrize("fault", ["end", "drop", "reset", "throttle"])
def test_a_stream_that_breaks_ends_with_a_failure(stand: Stand, model: str, fault: Any) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault(fault, after_frames=12))
    body = {"model": model, "input": "[[sim: words 200]]", "stream": True}
    events = events_of(stand.request("POST", "/v1/responses", body).body)

    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    failed = events[-1]["response"]
    assert failed["id"] == events[0]["response"]["id"]
    assert failed["error"]["code"] == ("rate_limit_exceeded" if fault == "throttle" else "server_error")


def test_the_sdk_raises_what_breaks_a_stream(stand: Stand) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("end", after_frames=12))
    stream = stand.openai().responses.create(model="gpt-5", input="[[sim: words 200]]", stream=True)

    with pytest.raises(openai.APIError, match="ended the stream"):
        list(stream)


@each_family
def test_a_conversation_that_is_too_long_says_so(stand: Stand, model: str) -> None:
    error = json.dumps(
        {"error": {"code": "context_length_exceeded", "message": "Your input exceeds the context window."}}
    )
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=400, text=error))

    with pytest.raises(openai.BadRequestError) as caught:
        stand.openai().responses.create(model=model, input="a")
    assert caught.value.code == "context_length_exceeded"


@every_model
@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": [{"type": "nonsense"}]}, "input[0].type"),
        ({"input": [{"role": "user", "content": [{"text": "x"}]}]}, "input[0].content[0].type"),
        ({"input": "a", "tools": [{"type": "function"}]}, "tools[0].name"),
        ({"input": "a", "stream": "yes"}, "stream"),
        ({"input": "a", "conversation": "conv_1"}, "conversation"),
    ],
)
def test_bad_input_is_named_and_never_reaches_sap(stand: Stand, model: str, body: Any, param: str) -> None:
    answer = stand.request("POST", "/v1/responses", {"model": model, **body})

    assert (answer.status, answer.json()["error"]["param"]) == (400, param)
    assert stand.inference_bodies() == []


@every_model
@pytest.mark.parametrize("fault", ["split", "merge", "crlf"])
def test_however_the_upstream_is_cut_the_stream_is_whole(stand: Stand, model: str, fault: Any) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault(fault))

    assert text_of(ask(stand, model, "[[sim: say Grüße 😀 \\n]]")) == "Grüße 😀 \\n"


# --- signs of life


def test_a_silent_deployment_is_heard_of_by_repeated_events(tmp_path: Path) -> None:
    begun = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "in_progress",
        "model": "m",
        "output": [],
    }
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": []}
    script = (
        HEAD + chunk_of({"type": "response.created", "sequence_number": 0, "response": begun}),
        0.5,
        chunk_of({"type": "response.output_item.done", "sequence_number": 1, "output_index": 0, "item": item}),
        0.5,
        chunk_of({"type": "response.completed", "sequence_number": 2, "response": {**begun, "output": [item]}})
        + b"0\r\n\r\n",
    )
    with (
        toy_deployment(*script) as toy,
        running_stand(tmp_path, pins={"gpt-5": toy.url}, options=EngineOptions(keep_alive_seconds=0.2)) as stand,
    ):
        answer = stand.request("POST", "/v1/responses", {"model": "gpt-5", "input": "a", "stream": True})

    kinds = [event["type"].removeprefix("response.") for event in events_of(answer.body)]
    assert kinds[:2] == ["created", "in_progress"]
    assert kinds.count("in_progress") >= 3
    assert kinds[-1] == "completed"
    assert {event["response"]["id"] for event in events_of(answer.body) if "response" in event} == {"resp_1"}
