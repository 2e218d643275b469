"""Vectors by Google's own API: its SDK, every family behind it, and bad requests."""

from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types

from tests.end_to_end.stand import Answer, Stand
from tests.end_to_end.test_gemini_dialect import build_client

SIZES = {
    "gemini-embedding": 3072,
    "text-embedding-3-small": 1536,
    "amazon--titan-embed-text": 1024,
    "nvidia--llama-3.2-nv-embedqa-1b": 2048,
}
every_model = pytest.mark.parametrize("model", SIZES)
NATIVE = "gemini-embedding"


@pytest.fixture
def client(stand: Stand) -> Iterator[genai.Client]:
    client = build_client(stand)
    yield client
    client.close()


def content(*texts: str) -> dict[str, Any]:
    return {"parts": [{"text": text} for text in texts]}


def embed(stand: Stand, model: str = NATIVE, **body: Any) -> Answer:
    return stand.request("POST", f"/v1beta/models/{model}:embedContent", {"content": content("hello"), **body})


def embed_all(stand: Stand, *requests: Any, model: str = NATIVE) -> Answer:
    return stand.request("POST", f"/v1beta/models/{model}:batchEmbedContents", {"requests": list(requests)})


@every_model
def test_the_official_sdk_gets_vectors(client: genai.Client, model: str) -> None:
    contents = [types.Content(parts=[types.Part(text=text)]) for text in ("one", "two", "three")]

    answer = client.models.embed_content(model=model, contents=contents)

    assert answer.embeddings is not None
    assert [len(one.values or ()) for one in answer.embeddings] == [SIZES[model]] * 3
    assert len({tuple(one.values or ()) for one in answer.embeddings}) == 3
    assert answer.usage_metadata is not None
    assert (answer.usage_metadata.prompt_token_count or 0) >= 3


def test_googles_own_name_of_the_model_works(client: genai.Client) -> None:
    texts: Any = ["one", "two"]

    answer = client.models.embed_content(model="gemini-embedding-001", contents=texts)

    assert len(answer.embeddings or ()) == 2


def test_the_sdk_tells_task_title_and_size(client: genai.Client, stand: Stand) -> None:
    config = types.EmbedContentConfig(task_type="RETRIEVAL_DOCUMENT", title="T", output_dimensionality=768)

    answer = client.models.embed_content(model=NATIVE, contents="hello", config=config)

    assert answer.embeddings is not None
    assert len(answer.embeddings[0].values or ()) == 768
    assert stand.inference_bodies() == [
        {
            "instances": [{"content": "hello", "task_type": "RETRIEVAL_DOCUMENT", "title": "T"}],
            "parameters": {"outputDimensionality": 768},
        }
    ]


@every_model
def test_one_text_gets_one_vector(stand: Stand, model: str) -> None:
    assert len(embed(stand, model).json()["embedding"]["values"]) == SIZES[model]


@every_model
def test_the_vectors_are_those_of_openais_api(stand: Stand, model: str) -> None:
    openais = stand.request("POST", "/v1/embeddings", {"model": model, "input": "hello"}).json()

    assert embed(stand, model).json()["embedding"]["values"] == pytest.approx(openais["data"][0]["embedding"])


def test_parts_are_one_text(stand: Stand) -> None:
    embed(stand, content=content("a", "b"))

    assert stand.inference_bodies() == [{"instances": [{"content": "a\nb"}]}]


@pytest.mark.parametrize(
    "options",
    [
        {"task_type": "clustering", "output_dimensionality": 64},
        {"embedContentConfig": {"taskType": "CLUSTERING", "outputDimensionality": 64}},
    ],
    ids=["snake", "config"],
)
def test_options_are_read_wherever_clients_put_them(stand: Stand, options: Any) -> None:
    embed(stand, **options)

    assert stand.inference_bodies() == [
        {"instances": [{"content": "hello", "task_type": "CLUSTERING"}], "parameters": {"outputDimensionality": 64}}
    ]


def test_a_task_that_sap_does_not_list_is_taken_for_a_query(stand: Stand) -> None:
    answer = embed(stand, taskType="CODE_RETRIEVAL_QUERY")

    assert stand.inference_bodies() == [{"instances": [{"content": "hello", "task_type": "RETRIEVAL_QUERY"}]}]
    assert "taskType" in answer.headers["x-proxy-dropped"]


def test_unknown_fields_are_left_out_and_named(stand: Stand) -> None:
    answer = embed(stand, novel=1)

    assert (answer.status, answer.headers["x-proxy-dropped"]) == (200, "novel")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"content": None}, "content"),
        ({"content": "hello"}, "content"),
        ({"content": {}}, "content.parts"),
        ({"content": {"parts": []}}, "content.parts"),
        ({"content": {"parts": 5}}, "content.parts"),
        ({"content": {"parts": [5]}}, "content.parts[0]"),
        ({"content": {"parts": [{"text": 5}]}}, "content.parts[0].text"),
        ({"content": {"parts": [{"text": ""}]}}, "content.parts"),
        ({"content": {"parts": [{"inlineData": {}}]}}, "content.parts[0]"),
        ({"taskType": 5}, "taskType"),
        ({"taskType": "NONSENSE"}, "taskType"),
        ({"title": 5}, "title"),
        ({"outputDimensionality": 0}, "outputDimensionality"),
        ({"outputDimensionality": "64"}, "outputDimensionality"),
        ({"output_dimensionality": 1.5}, "output_dimensionality"),
        ({"autoTruncate": "yes"}, "autoTruncate"),
        ({"embedContentConfig": 5}, "embedContentConfig"),
        ({"embedContentConfig": {"outputDimensionality": -1}}, "embedContentConfig.outputDimensionality"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_sent(stand: Stand, changes: dict[str, Any], field: str) -> None:
    assert_refused(stand, embed(stand, **changes), field)


@pytest.mark.parametrize(
    ("requests", "field"),
    [
        ([], "requests"),
        ([{"content": content("a")}] * 2049, "requests"),
        ([5], "requests[0]"),
        ([{"content": content("a")}, {}], "requests[1].content"),
        ([{"model": "models/other", "content": content("a")}], "requests[0].model"),
        ([{"model": 5, "content": content("a")}], "requests[0].model"),
        ([{"content": content("a")}, {"content": content("b"), "taskType": "CLUSTERING"}], "requests[1].taskType"),
        ([{"content": content("a"), "title": "A"}, {"content": content("b"), "title": "B"}], "requests[1].title"),
    ],
    ids=["none", "many", "number", "no content", "model", "odd model", "task", "title"],
)
def test_a_bad_request_of_a_batch_is_named_and_nothing_is_sent(stand: Stand, requests: Any, field: str) -> None:
    assert_refused(stand, embed_all(stand, *requests), field)


@pytest.mark.parametrize("requests", [None, {}, "x", 5])
def test_a_batch_must_be_a_list(stand: Stand, requests: Any) -> None:
    path = f"/v1beta/models/{NATIVE}:batchEmbedContents"

    assert_refused(stand, stand.request("POST", path, {"requests": requests}), "requests")


def assert_refused(stand: Stand, answer: Answer, field: str) -> None:
    assert answer.status == 400
    error = answer.json()["error"]
    assert error["status"] == "INVALID_ARGUMENT"
    assert error["details"][0]["fieldViolations"][0]["field"] == field
    assert f"`{field}`" in error["message"]
    assert stand.inference_bodies() == []


def test_a_model_that_chats_makes_no_vectors(client: genai.Client) -> None:
    with pytest.raises(errors.ClientError, match="chats; it does not make embeddings") as failure:
        client.models.embed_content(model="gpt-5", contents="x")

    assert (failure.value.code, failure.value.status) == (404, "NOT_FOUND")


def test_the_list_says_which_models_make_vectors(stand: Stand) -> None:
    listed = stand.request("GET", "/v1beta/models").json()["models"]
    methods = {model["name"]: model["supportedGenerationMethods"] for model in listed}

    assert methods[f"models/{NATIVE}"] == ["embedContent", "batchEmbedContents"]
    assert "embedContent" not in methods["models/gpt-5"]


@pytest.mark.parametrize("action", ["predict", "asyncBatchEmbedContent", "nothing"])
def test_other_actions_are_refused_with_those_that_exist(stand: Stand, action: str) -> None:
    answer = stand.request("POST", f"/v1beta/models/{NATIVE}:{action}", {})

    assert (answer.status, answer.json()["error"]["status"]) == (404, "NOT_FOUND")
    assert f":{action} " in answer.json()["error"]["message"].replace("`", "")
    assert ":embedContent" in answer.json()["error"]["message"]
