"""Google's own API through the running proxy, by the official SDK: native to Gemini, translated to the rest."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from proxy_core.engine import EngineOptions
from proxy_core.simulator.faults import Fault
from tests.end_to_end.stand import KEY, Stand, running_stand
from tests.end_to_end.test_conversations import png

NATIVE = "gemini-2.5-pro"
MODELS = (NATIVE, "gemini-3.5-flash", "claude-sonnet-4-5", "gpt-5", "mistralai--mistral-small", "amazon--nova-pro")
every_model = pytest.mark.parametrize("model", MODELS)
WEATHER = types.Tool(
    function_declarations=[
        types.FunctionDeclaration(
            name="weather",
            description="The weather in a city",
            parameters=types.Schema(
                type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}, required=["city"]
            ),
        )
    ]
)
PATH = f"/v1beta/models/{NATIVE}:generateContent"
HELLO = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}


@pytest.fixture
def client(stand: Stand) -> Iterator[genai.Client]:
    client = build_client(stand)
    yield client
    client.close()


def build_client(stand: Stand) -> genai.Client:
    options = types.HttpOptions(
        base_url=stand.engine.base_url, timeout=30_000, retry_options=types.HttpRetryOptions(attempts=1)
    )
    return genai.Client(api_key=KEY, http_options=options)


@every_model
def test_a_question_is_answered(client: genai.Client, model: str) -> None:
    answer = client.models.generate_content(model=model, contents="Who are you?")

    assert "simulated" in (answer.text or "")
    assert answer.model_version == model
    assert answer.candidates is not None
    assert answer.candidates[0].finish_reason is types.FinishReason.STOP
    assert answer.usage_metadata is not None
    assert (answer.usage_metadata.prompt_token_count or 0) > 0


@every_model
def test_a_stream_says_the_same_as_a_whole_answer(client: genai.Client, model: str) -> None:
    whole = client.models.generate_content(model=model, contents="Who are you?")
    pieces = list(client.models.generate_content_stream(model=model, contents="Who are you?"))

    assert "".join(piece.text or "" for piece in pieces) == whole.text
    assert len(pieces) > 1
    assert pieces[-1].candidates is not None
    assert pieces[-1].candidates[0].finish_reason is types.FinishReason.STOP
    assert pieces[-1].usage_metadata == whole.usage_metadata or model.startswith("gemini")


@every_model
def test_a_chat_with_tools_runs_to_its_end(client: genai.Client, model: str) -> None:
    """The SDK keeps the history as it came, signatures included."""

    def weather(city: str) -> str:
        """The weather in a city."""
        return f"15 C in {city}"

    chat = client.chats.create(model=model, config=types.GenerateContentConfig(tools=[weather]))

    answer = chat.send_message("What is the weather in Berlin? Use the tool.")

    assert "15 C in" in (answer.text or "")


@every_model
def test_a_streamed_call_comes_home_with_its_result(client: genai.Client, model: str) -> None:
    config = types.GenerateContentConfig(
        tools=[WEATHER], thinking_config=types.ThinkingConfig(include_thoughts=True)
    )
    question = types.Content(role="user", parts=[types.Part(text="What is the weather in Berlin? Use the tool.")])

    pieces = list(client.models.generate_content_stream(model=model, contents=[question], config=config))
    turns = [piece.candidates[0].content for piece in pieces if piece.candidates and piece.candidates[0].content]
    calls = [part.function_call for turn in turns for part in turn.parts or [] if part.function_call]
    results = [
        types.Part(
            function_response=types.FunctionResponse(name=call.name, id=call.id, response={"result": "15 C"})
        )
        for call in calls
    ]
    answer = client.models.generate_content(
        model=model, contents=[question, *turns, types.Content(role="user", parts=results)], config=config
    )

    assert [call.name for call in calls] == ["weather"]
    assert "15 C" in (answer.text or "")


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5", "gpt-5"])
def test_parallel_calls_come_together(client: genai.Client, model: str) -> None:
    answer = client.models.generate_content(
        model=model,
        contents="What is the weather in Berlin and in Paris? Call the tool twice in parallel.",
        config=types.GenerateContentConfig(
            tools=[WEATHER],
            tool_config=types.ToolConfig(
                function_calling_config=types.FunctionCallingConfig(mode=types.FunctionCallingConfigMode.ANY)
            ),
        ),
    )

    assert {call.name for call in answer.function_calls or []} == {"weather"}


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5", "gpt-5"])
def test_images_are_taken(client: genai.Client, stand: Stand, model: str) -> None:
    image = types.Part.from_bytes(data=base64.b64decode(png()), mime_type="image/png")
    contents: Any = [image, "What is this?"]

    answer = client.models.generate_content(model=model, contents=contents)

    assert answer.text
    assert png() in json.dumps(stand.inference_bodies())


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5", "gpt-5"])
def test_structured_output_fits_its_schema(client: genai.Client, model: str) -> None:
    schema = types.Schema(
        type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}, required=["city"]
    )
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=schema)

    answer = client.models.generate_content(model=model, contents="A city, please.", config=config)

    assert json.loads(answer.text or "").keys() == {"city"}


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5"])
def test_thoughts_are_shown_where_they_are_asked_for(client: genai.Client, model: str) -> None:
    config = types.GenerateContentConfig(
        thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_budget=2048)
    )

    answer = client.models.generate_content(model=model, contents="Think about it.", config=config)

    parts = answer.candidates[0].content.parts if answer.candidates and answer.candidates[0].content else None
    assert any(part.thought for part in parts or [])


@pytest.mark.parametrize("model", ["gemini-2.5-pro", "gemini-2.5-flash", "gemini-3.5-flash"])
@pytest.mark.parametrize(
    "thinking",
    [
        {"thinkingBudget": 0},
        {"thinkingBudget": -1},
        {"thinkingBudget": 1024},
        {"thinkingBudget": 10**6},
        {"thinkingLevel": "LOW"},
        {"thinkingLevel": "HIGH", "thinkingBudget": 100},
    ],
    ids=str,
)
def test_thinking_fits_the_model(stand: Stand, model: str, thinking: Any) -> None:
    body = {**HELLO, "generationConfig": {"thinkingConfig": thinking}}

    assert stand.request("POST", f"/v1beta/models/{model}:generateContent", body).status == 200


def test_the_native_route_keeps_fields_that_only_google_knows(stand: Stand, client: genai.Client) -> None:
    config = types.GenerateContentConfig(
        system_instruction="Be brief.",
        seed=7,
        top_k=40,
        safety_settings=[
            types.SafetySetting(
                category=types.HarmCategory.HARM_CATEGORY_HATE_SPEECH, threshold=types.HarmBlockThreshold.BLOCK_NONE
            )
        ],
    )

    client.models.generate_content(model=NATIVE, contents="hello", config=config)

    (body,) = stand.inference_bodies()
    assert body["generationConfig"] == {"topK": 40.0, "seed": 7}
    assert body["safetySettings"] == [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}]
    assert "model" not in body


def test_what_another_model_cannot_take_is_named(stand: Stand) -> None:
    body = {**HELLO, "generationConfig": {"topK": 5, "speechConfig": {}}}

    answer = stand.request("POST", "/v1beta/models/gpt-5:generateContent", body)

    assert answer.status == 200
    assert "generationConfig.speechConfig" in answer.headers["x-proxy-dropped"]


@every_model
def test_tokens_are_counted(stand: Stand, client: genai.Client, model: str) -> None:
    counted = client.models.count_tokens(model=model, contents="Hello there, how are you today?")

    assert 8 <= (counted.total_tokens or 0) <= 20
    assert stand.inference_bodies() == []


def test_tokens_of_a_whole_request_are_counted(stand: Stand) -> None:
    """The other form that Google has for it."""
    path = f"/v1beta/models/{NATIVE}:countTokens"
    whole = {"generateContentRequest": {"model": f"models/{NATIVE}", **HELLO}}

    assert stand.request("POST", path, whole).json() == stand.request("POST", path, HELLO).json()
    assert error_of(stand.request("POST", path, {"generateContentRequest": [1]}))["code"] == 400


def test_models_are_listed_in_googles_shape(client: genai.Client) -> None:
    names = {model.name for model in client.models.list()}

    assert {"models/gpt-5", f"models/{NATIVE}", "models/claude-sonnet-4-5"} <= names
    assert "models/whisper" not in names


def test_one_model_is_told_in_googles_shape(client: genai.Client) -> None:
    assert client.models.get(model="gpt-5").name == "models/gpt-5"


@pytest.mark.parametrize("path", ["/v1beta/models", "/v1/v1beta/models"])
def test_the_list_is_googles_by_its_path(stand: Stand, path: str) -> None:
    assert stand.request("GET", path).json().keys() == {"models"}


def test_the_list_stays_openais_for_all_others(stand: Stand) -> None:
    assert stand.request("GET", "/v1/models").json()["object"] == "list"


@pytest.mark.parametrize(
    "path",
    [
        PATH,
        f"/v1/models/{NATIVE}:generateContent",
        f"/models/{NATIVE}:generateContent",
        f"/v1/v1beta/models/{NATIVE}:generateContent/",
        f"/v1beta1/projects/p/locations/l/publishers/google/models/{NATIVE}:generateContent",
        f"/v1beta/models/{NATIVE}:streamGenerateContent?alt=sse",
        f"/v1beta/models/{NATIVE}:streamGenerateContent",
    ],
)
def test_every_spelling_of_the_path_works(stand: Stand, path: str) -> None:
    answer = stand.request("POST", path, HELLO)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith(
        "text/event-stream" if "stream" in path else "application/json"
    )


def error_of(answer: Any) -> Any:
    return answer.json()["error"]


def test_a_key_in_the_address_is_refused_with_advice(stand: Stand) -> None:
    answer = stand.request("POST", f"{PATH}?key={KEY}", HELLO, {"Authorization": ""})

    assert (answer.status, error_of(answer)["status"]) == (401, "UNAUTHENTICATED")
    assert "send it as the header `x-goog-api-key`" in error_of(answer)["message"]
    assert KEY not in error_of(answer)["message"]
    assert stand.inference_bodies() == []


def test_a_wrong_key_is_told_in_googles_shape(stand: Stand) -> None:
    options = types.HttpOptions(base_url=stand.engine.base_url)
    with (
        genai.Client(api_key="wrong", http_options=options) as client,
        pytest.raises(errors.ClientError) as failure,
    ):
        client.models.generate_content(model=NATIVE, contents="hello")

    assert (failure.value.code, failure.value.status) == (401, "UNAUTHENTICATED")


def test_an_unknown_model_is_told(client: genai.Client) -> None:
    with pytest.raises(errors.ClientError) as failure:
        client.models.generate_content(model="nothing-like-it", contents="hello")

    assert (failure.value.code, failure.value.status) == (404, "NOT_FOUND")


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5", "gpt-5"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contents": None}, "contents"),
        ({"contents": []}, "contents"),
        ({"contents": [5]}, "contents[0]"),
        ({"contents": [{"role": "user", "parts": 5}]}, "contents[0].parts"),
        ({"contents": [{"role": "user", "parts": [{"text": 5}]}]}, "contents[0].parts[0].text"),
        ({"systemInstruction": 5}, "systemInstruction"),
        ({"tools": 5}, "tools"),
        ({"tools": [{"functionDeclarations": [{"name": 5}]}]}, "tools[0].functionDeclarations[0].name"),
        ({"toolConfig": 5}, "toolConfig"),
        ({"generationConfig": 5}, "generationConfig"),
        ({"generationConfig": {"temperature": "hot"}}, "generationConfig.temperature"),
        ({"generationConfig": {"topK": []}}, "generationConfig.topK"),
        ({"generationConfig": {"thinkingConfig": 5}}, "generationConfig.thinkingConfig"),
        ({"safetySettings": 5}, "safetySettings"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_sent(
    stand: Stand, model: str, changes: dict[str, Any], field: str
) -> None:
    answer = stand.request("POST", f"/v1beta/models/{model}:generateContent", {**HELLO, **changes})

    assert (answer.status, error_of(answer)["status"]) == (400, "INVALID_ARGUMENT")
    assert error_of(answer)["details"][0]["fieldViolations"][0]["field"] == field
    assert stand.inference_bodies() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_bad_json_is_told(stand: Stand, body: bytes) -> None:
    assert error_of(stand.request("POST", PATH, body))["status"] == "INVALID_ARGUMENT"


def test_other_methods_are_refused(stand: Stand) -> None:
    answer = stand.request("GET", PATH)

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5"])
def test_throttling_inside_a_stream_becomes_a_429(stand: Stand, client: genai.Client, model: str) -> None:
    for deployment in stand.deployments(model):
        stand.world.faults.set(deployment, Fault("throttle"))

    with pytest.raises(errors.ClientError) as failure:
        list(client.models.generate_content_stream(model=model, contents="hello"))

    assert (failure.value.code, failure.value.status) == (429, "RESOURCE_EXHAUSTED")


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5", "gpt-5"])
def test_a_stream_that_breaks_ends_with_an_error(stand: Stand, client: genai.Client, model: str) -> None:
    for deployment in stand.deployments(model):
        stand.world.faults.set(deployment, Fault("drop", after_frames=3))

    with pytest.raises(errors.APIError):
        list(client.models.generate_content_stream(model=model, contents="Tell me a long story."))


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5", "gpt-5"])
@pytest.mark.parametrize("fault", ["split", "merge", "crlf"])
def test_streams_may_arrive_in_any_pieces(stand: Stand, client: genai.Client, model: str, fault: Any) -> None:
    for deployment in stand.deployments(model):
        stand.world.faults.set(deployment, Fault(fault))

    pieces = client.models.generate_content_stream(model=model, contents="Who are you?")

    assert "simulated" in "".join(piece.text or "" for piece in pieces)


@pytest.mark.parametrize("model", [NATIVE, "claude-sonnet-4-5"])
def test_the_sdk_reads_signs_of_life(tmp_path: Path, model: str) -> None:
    with running_stand(tmp_path, options=EngineOptions(keep_alive_seconds=0.2)) as stand:
        for deployment in stand.deployments(model):
            stand.world.faults.set(deployment, Fault("stall", where="first", seconds=1))
        with build_client(stand) as client:
            pieces = list(client.models.generate_content_stream(model=model, contents="Who are you?"))

    assert [piece.text for piece in pieces[:2]] == ["", ""]
    assert "simulated" in "".join(piece.text or "" for piece in pieces)
