"""The simulated orchestration service: strict bodies, templating, answers, streams, errors, embeddings."""

import json
from typing import Any

import pytest

from proxy_core.simulator.exchange import Answer, Call, SimDeployment, Stream
from proxy_core.simulator.orchestration import family as orchestration
from tests.simulator.awkward import awkward_bodies

SONNET = "anthropic--claude-4.5-sonnet"
OPUS = "anthropic--claude-4.8-opus"
TOOL = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
FILTERS = {"filters": [{"type": "azure_content_safety", "config": {"hate": 0}}]}


def modules(text: str = "Hello", model: str = "gpt-4o", **prompt: Any) -> dict[str, Any]:
    template = [{"role": "user", "content": text}]
    return {"prompt_templating": {"prompt": {"template": template, **prompt}, "model": {"name": model}}}


def asking(text: str = "Hello", model: str = "gpt-4o", **prompt: Any) -> dict[str, Any]:
    return {"config": {"modules": modules(text, model, **prompt)}}


def streaming(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "config": {**body["config"], "stream": {"enabled": True}}}


def with_params(model: str, **params: Any) -> dict[str, Any]:
    body = asking(model=model)
    body["config"]["modules"]["prompt_templating"]["model"]["params"] = params
    return body


def respond(body: Any, path: str = "/v2/completion") -> Answer | Stream:
    deployment = SimDeployment("d3", "tenant", "default", "", "orchestration", scenario="orchestration")
    return orchestration.handle(Call(deployment, "POST", path, {}, {}, json.dumps(body).encode()))


def complete(body: Any, path: str = "/v2/completion") -> dict[str, Any]:
    answer = respond(body, path)
    assert isinstance(answer, Answer)
    assert answer.status == 200, answer.body
    parsed: dict[str, Any] = json.loads(answer.body)
    return parsed


def failure(body: Any, path: str = "/v2/completion", status: int = 400) -> Any:
    answer = respond(body, path)
    assert isinstance(answer, Answer)
    assert answer.status == status, answer.body
    return json.loads(answer.body)["error"]


def frames(body: Any) -> list[Any]:
    """The stream's objects, with `[DONE]` as text."""
    answer = respond(streaming(body))
    assert isinstance(answer, Stream), answer
    texts = [frame.removeprefix(b"data: ").removesuffix(b"\n\n").decode() for frame in answer.frames]
    return [text if text == "[DONE]" else json.loads(text) for text in texts]


def choices(found: list[Any]) -> list[Any]:
    return [choice for frame in found if frame != "[DONE]" for choice in frame["final_result"]["choices"]]


def message(body: Any) -> dict[str, Any]:
    found: dict[str, Any] = complete(body)["final_result"]["choices"][0]["message"]
    return found


def messages(*found: Any) -> dict[str, Any]:
    """A conversation in the history, and no template."""
    body = {"config": {"modules": {"prompt_templating": {"model": {"name": SONNET}}}}}
    return {**body, "messages_history": list(found)}


ASKED = {"role": "user", "content": "weather?"}
CALLED = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
}


def history_with(tool_message: dict[str, Any]) -> dict[str, Any]:
    return messages(ASKED, CALLED, tool_message)


SHAPE = [
    ({}, "400 - Request Body: 'config' is a required property"),
    (
        {"config": {"modules": modules(), "stream": True}},
        "400 - Request Body: True is not of type 'object' - 'config.stream'",
    ),
    (
        {**asking(), "model": "gpt-4o"},
        "400 - Request Body: Additional properties are not allowed ('model' was unexpected)",
    ),
    (
        {"config": {"modules": {**modules(), "tools": []}}},
        "400 - Request Body: Additional properties are not allowed ('tools' was unexpected) - 'config.modules'",
    ),
    (
        asking(tool_choice="auto"),
        (
            "400 - Request Body: Additional properties are not allowed ('tool_choice' was unexpected) - "
            "'config.modules.prompt_templating.prompt'"
        ),
    ),
    (
        history_with({"role": "tool", "content": "15 C", "tool_call_id": "call_1", "name": "weather"}),
        (
            "400 - Request Body: Additional properties are not allowed ('name' was unexpected) - "
            "'messages_history.2'"
        ),
    ),
    (
        asking(template=[]),
        "400 - Request Body: [] should be non-empty - 'config.modules.prompt_templating.prompt.template'",
    ),
    (messages(), "400 - Request Body: Either a prompt template or messages must be defined"),
    (asking(model="gpt-3"), "400 - Request Body: Model gpt-3 not supported."),
]


@pytest.mark.parametrize(("body", "words"), SHAPE)
def test_a_wrong_body_is_refused_with_its_place(body: dict[str, Any], words: str) -> None:
    error = failure(body)

    assert error["message"] == words
    assert error["location"] == "Request Body"


def test_an_image_in_a_tool_message_is_refused() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    body = history_with({"role": "tool", "content": [image], "tool_call_id": "call_1"})

    assert failure(body)["message"].startswith("400 - Request Body: 'image_url' is not one of ['text']")


def test_a_placeholder_in_the_users_text_must_have_a_value() -> None:
    error = failure(asking("I wrote {{?phrase}} in my file"))

    assert error["message"] == (
        "400 - Input Parameters: Error validating parameters. Missing required parameters: ['phrase']."
    )
    assert error["location"] == "Input Parameters"


def test_a_value_without_placeholder_is_unused() -> None:
    words = failure({**asking(), "placeholder_values": {"question": "Hi"}})["message"]

    assert words == "400 - Input Parameters: Error validating parameters. Unused parameters: ['question']."


@pytest.mark.parametrize("text", ["{{ name }}", "{% if x %}", "{# note #}"])
def test_jinja_text_is_taken_for_templating(text: str) -> None:
    assert failure(asking(text))["location"] == "Input Parameters"


def test_tool_texts_are_templated_too() -> None:
    tool = {"type": "function", "function": {"name": "a", "description": "fills {{?slot}}"}}

    assert "['slot']" in failure(asking(tools=[tool]))["message"]


def test_values_fill_placeholders_and_history_is_left_alone() -> None:
    history = [{"role": "user", "content": "keep {{?this}}"}, {"role": "assistant", "content": "ok"}]
    body = {**asking("Say {{?word}}"), "placeholder_values": {"word": "yes"}, "messages_history": history}
    templating = complete(body)["intermediate_results"]["templating"]

    assert [found["content"] for found in templating] == ["keep {{?this}}", "ok", "Say yes"]


LLM = [
    (with_params(SONNET, json_mode=True), "json_mode: Extra inputs are not permitted."),
    (with_params(OPUS, temperature=0.5), "`temperature` is deprecated for this model."),
    (
        with_params("gpt-5", temperature=0.5),
        "Unsupported value: 'temperature' does not support 0.5 with this model.",
    ),
    (with_params(SONNET, max_tokens=100_000), "max_tokens: 100000 > 64000, which is the maximum allowed number"),
    (with_params(SONNET, thinking={"type": "enabled"}), "thinking.enabled.budget_tokens: Field required"),
    (
        messages(ASKED, CALLED),
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after",
    ),
    (
        messages(
            ASKED,
            {"role": "assistant", "content": "x", "reasoning_content": [{"content": "hm", "signature": "no"}]},
            ASKED,
        ),
        "messages.1.content.0: Invalid `signature` in `thinking` block",
    ),
]


@pytest.mark.parametrize(("body", "words"), LLM)
def test_what_the_model_refuses_comes_with_the_module(body: dict[str, Any], words: str) -> None:
    error = failure(body)

    assert error["message"].startswith(f"400 - LLM Module: {words}")
    assert error["intermediate_results"]["templating"]


def test_prefill_is_refused_for_new_claude() -> None:
    body = asking(model=OPUS, template=[ASKED, {"role": "assistant", "content": "It is"}])

    assert "does not support assistant message prefill" in failure(body)["message"]


def test_a_whole_answer_has_the_same_result_twice() -> None:
    answer = complete(asking("[[sim: say 42]]"))

    assert answer["final_result"] == answer["intermediate_results"]["llm"]
    assert answer["final_result"]["choices"][0]["message"] == {"role": "assistant", "content": "42"}
    assert answer["final_result"]["choices"][0]["finish_reason"] == "stop"


def test_a_tool_call_has_openai_form() -> None:
    found = message(asking('[[sim: say ]] [[sim: call weather {"city": "Berlin"}]]', SONNET, tools=[TOOL]))

    assert json.loads(found["tool_calls"][0]["function"]["arguments"]) == {"city": "Berlin"}


def test_reasoning_is_a_list_that_may_come_back() -> None:
    body = with_params(SONNET, thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=4000)
    found = message(body)
    history = [ASKED, found, ASKED]

    assert found["reasoning_content"][0]["signature"].startswith("EpAC")
    assert complete(messages(*history))["final_result"]


def test_usage_details_come_from_some_models_only() -> None:
    full = complete(asking(model="gpt-4o"))["final_result"]["usage"]
    bare = complete(asking(model="mistralai--mistral-small"))["final_result"]["usage"]

    assert "prompt_tokens_details" in full
    assert set(bare) == {"prompt_tokens", "completion_tokens", "total_tokens"}


def test_gemini_answers_have_no_id() -> None:
    assert complete(asking(model="gemini-2.5-pro"))["final_result"]["id"] == ""


def test_a_stream_begins_with_an_empty_frame_and_ends_with_done() -> None:
    found = frames(asking())
    empty = found[0]["final_result"]["choices"][0]

    assert empty == {"index": 0, "delta": {"role": "", "content": ""}, "finish_reason": ""}
    assert found[0]["intermediate_results"]["templating"]
    assert found[-1] == "[DONE]"


def test_the_role_repeats_in_every_frame() -> None:
    assert {choice["delta"]["role"] for choice in choices(frames(asking()))[1:]} == {"assistant"}


def test_gpt_puts_the_usage_into_the_last_content_frame() -> None:
    last = frames(asking())[-2]["final_result"]

    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["usage"]["total_tokens"] > 0


def test_claude_puts_the_usage_into_a_frame_of_its_own() -> None:
    last = frames(asking(model=SONNET))[-2]["final_result"]

    assert last["choices"] == []
    assert last["usage"]["total_tokens"] > 0


def test_the_newest_claude_never_gives_a_finish_reason() -> None:
    assert {choice["finish_reason"] for choice in choices(frames(asking(model=OPUS)))} == {""}


def test_gemini_says_tool_calls_and_then_stop() -> None:
    found = choices(frames(asking("[[sim: call weather {}]]", "gemini-2.5-flash", tools=[TOOL])))

    assert [choice["finish_reason"] for choice in found if choice["finish_reason"]] == ["tool_calls", "stop"]


def test_a_streamed_tool_call_comes_in_pieces() -> None:
    body = asking('[[sim: call weather {"city": "Berlin"}]]', SONNET, tools=[TOOL])
    calls = [
        choice["delta"]["tool_calls"][0] for choice in choices(frames(body)) if "tool_calls" in choice["delta"]
    ]

    assert calls[0]["function"] == {"name": "weather", "arguments": ""}
    assert json.loads("".join(call["function"]["arguments"] for call in calls)) == {"city": "Berlin"}


def test_streamed_reasoning_ends_with_its_signature() -> None:
    body = with_params(SONNET, thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=4000)
    pieces = [choice["delta"]["reasoning_content"][0] for choice in choices(frames(body))
              if "reasoning_content" in choice["delta"]]  # fmt: skip

    assert all(piece["signature"] == "" for piece in pieces[:-1])
    assert pieces[-1]["content"] == ""
    assert pieces[-1]["signature"]


def test_a_refusal_of_the_model_is_a_frame_without_done() -> None:
    body = asking(model="gpt-5")
    body["config"]["modules"]["prompt_templating"]["model"]["version"] = "wrong-version"
    last = frames(body)[-1]

    assert last["error"]["message"] == "400 - LLM Module: Model gpt-5 in version wrong-version not found."


def test_some_models_do_not_stream() -> None:
    error = failure(streaming(asking(model="sap-abap-1")))

    assert error["message"].endswith("Streaming is not supported for this model")


def test_the_input_filter_refuses_a_prompt() -> None:
    body = asking("[[sim: filter prompt]]")
    body["config"]["modules"]["filtering"] = {"input": FILTERS}
    error = failure(body)

    assert error["location"] == "Filtering Module - Input Filter"
    assert "Prompt filtered due to safety violations." in error["message"]


def test_the_output_filter_ends_with_an_explanation() -> None:
    last = frames(asking("[[sim: filter]]"))[-2]

    assert last["final_result"]["choices"][0]["delta"]["content"] == ""
    assert last["final_result"]["choices"][0]["finish_reason"] == "content_filter"
    assert last["intermediate_results"]["output_filtering"]["message"]


def test_masking_echoes_the_masked_template() -> None:
    body = asking("My name is Ann")
    body["config"]["modules"]["masking"] = {"providers": [{"type": "sap_data_privacy_integration"}]}

    assert "masked_template" in complete(body)["intermediate_results"]["input_masking"]["data"]


def test_a_fallback_answers_and_names_the_failure() -> None:
    answer = complete({"config": {"modules": [modules(model="gpt-3"), modules(model="gpt-4o")]}})

    assert answer["intermediate_failures"][0]["message"] == "400 - Request Body: Model gpt-3 not supported."
    assert answer["final_result"]["model"] == "gpt-4o"


def test_failed_fallbacks_are_a_list_with_the_last_status() -> None:
    throttled = modules("[[sim: extra throttled 30]]")
    errors = failure({"config": {"modules": [modules(model="gpt-3"), throttled]}}, status=429)

    assert [error["code"] for error in errors] == [400, 429]
    assert errors[1]["headers"]["x-retry-after"] == "30"


def test_v1_answers_with_a_flat_error() -> None:
    answer = respond({}, "/completion")
    assert isinstance(answer, Answer)

    assert set(json.loads(answer.body)) == {"request_id", "code", "message", "location", "module_results"}


def embedding(name: str, **given: Any) -> dict[str, Any]:
    return {
        "config": {"modules": {"embeddings": {"model": {"name": name, **given}}}},
        "input": {"text": ["a", "b"]},
    }


def test_embeddings_keep_order_and_size() -> None:
    result = complete(embedding("text-embedding-3-small", params={"dimensions": 4}), "/v2/embeddings")[
        "final_result"
    ]

    assert [(entry["index"], len(entry["embedding"])) for entry in result["data"]] == [(0, 4), (1, 4)]


def test_an_unknown_embedding_model_lists_the_known_ones() -> None:
    error = failure(embedding("nothing"), "/v2/embeddings")

    assert error["message"].startswith("400 - Embedding Module: Model name must be one of dict_keys([")


def test_nvidia_embeddings_need_a_type() -> None:
    error = failure(embedding("nvidia--llama-3.2-nv-embedqa-1b"), "/v2/embeddings")

    assert error["location"] == "Embedding Module"


GOOD = {
    **asking("{{?x}}", SONNET, tools=[TOOL], response_format={"type": "text"}),
    "messages_history": [ASKED, CALLED, {"role": "tool", "content": "15 C", "tool_call_id": "call_1"}],
    "placeholder_values": {"x": "y"},
}
OPTIONS = with_params(
    SONNET,
    max_tokens=2000,
    thinking={"type": "enabled", "budget_tokens": 1024},
    tool_choice={"type": "function", "function": {"name": "weather"}},
    stop=["q"],
)


@pytest.mark.parametrize("good", [GOOD, OPTIONS])
def test_every_awkward_body_is_answered_or_refused(good: dict[str, Any]) -> None:
    answers = [respond(body) for body in awkward_bodies(good)]

    assert {answer.status for answer in answers if isinstance(answer, Answer)} <= {200, 400}
    assert len(answers) > 100


@pytest.mark.parametrize("choice", ["required", {"type": "any"}, {"type": "tool", "name": "weather"}])
def test_tool_choice_is_taken_in_both_forms(choice: Any) -> None:
    body = asking("Hello", SONNET, tools=[TOOL])
    body["config"]["modules"]["prompt_templating"]["model"]["params"] = {"tool_choice": choice}

    assert message(body)["tool_calls"][0]["function"]["name"] == "weather"
