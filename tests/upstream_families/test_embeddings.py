"""Neutral requests for vectors to every wire, and their answers."""

import json
from dataclasses import replace
from typing import Any

import pytest

from proxy_core.capabilities import Capabilities
from proxy_core.errors import ClientError, UpstreamError
from proxy_core.neutral.embeddings import EmbeddingRequest
from proxy_core.upstream_families.base import EmbeddingFamily, Target
from proxy_core.upstream_families.embeddings import (
    AzureEmbeddings,
    GeminiEmbeddings,
    NvidiaEmbeddings,
    OrchestrationEmbeddings,
    TitanEmbeddings,
)

LISTED = {
    "data": [{"index": 1, "embedding": [3.0, 4.0]}, {"index": 0, "embedding": [1.0, 2.0]}],
    "usage": {"prompt_tokens": 9},
}
FAMILIES: dict[str, EmbeddingFamily] = {
    "azure": AzureEmbeddings(),
    "nvidia": NvidiaEmbeddings(),
    "titan": TitanEmbeddings(),
    "gemini": GeminiEmbeddings(),
    "orchestration": OrchestrationEmbeddings(),
}
ANSWERS: dict[str, list[Any]] = {
    "azure": [LISTED],
    "nvidia": [LISTED],
    "titan": [
        {"embedding": [1.0, 2.0], "inputTextTokenCount": 4},
        {"embedding": [3.0, 4.0], "inputTextTokenCount": 5},
    ],
    "gemini": [
        {"predictions": [{"embeddings": {"values": values, "statistics": {"token_count": count}}}]}
        for values, count in (([1.0, 2.0], 4), ([3.0, 4.0], 5))
    ],
    "orchestration": [{"request_id": "r", "final_result": LISTED}],
}
every_family = pytest.mark.parametrize("name", FAMILIES)


def target(model: str = "the-model", api_version: str | None = None) -> Target:
    return Target(model, model, Capabilities(), api_version)


def request(*inputs: Any, **options: Any) -> EmbeddingRequest:
    return EmbeddingRequest("m", inputs or ("a", "b"), options.pop("base64", False), **options)


def encoded(name: str, asked: EmbeddingRequest, where: Target | None = None) -> list[tuple[str, Any]]:
    return [(sent.path, sent.body) for sent in FAMILIES[name].encode_request(asked, where or target())]


def dropped(name: str, asked: EmbeddingRequest) -> set[str]:
    return {note.field for sent in FAMILIES[name].encode_request(asked, target()) for note in sent.diagnostics}


@every_family
def test_vectors_come_back_in_the_order_of_the_inputs(name: str) -> None:
    bodies = [json.dumps(answer).encode() for answer in ANSWERS[name]]

    response = FAMILIES[name].decode_response(bodies, request())

    assert [list(vector) for vector in response.vectors] == [[1.0, 2.0], [3.0, 4.0]]
    assert response.input_tokens == 9


@every_family
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"error": {"message": "no", "code": 500}}', b'{"data": 5}'])
def test_an_answer_without_vectors_is_an_error(name: str, body: bytes) -> None:
    with pytest.raises(UpstreamError):
        FAMILIES[name].decode_response([body] * len(ANSWERS[name]), request())


@pytest.mark.parametrize("name", ["azure", "nvidia", "orchestration"])
def test_an_answer_with_too_few_vectors_is_an_error(name: str) -> None:
    body = json.dumps(ANSWERS[name][0]).encode()

    with pytest.raises(UpstreamError, match="one vector for each input"):
        FAMILIES[name].decode_response([body], request("a", "b", "c"))


@pytest.mark.parametrize("name", ["nvidia", "titan", "gemini", "orchestration"])
def test_token_ids_are_refused_where_texts_are_wanted(name: str) -> None:
    with pytest.raises(ClientError, match="takes texts only") as failure:
        FAMILIES[name].encode_request(request("a", (1, 2)), target())

    assert failure.value.param == "input"


def test_azure_gets_nearly_the_clients_own_body() -> None:
    asked = request("a", (1, 2), base64=True, dimensions=8, user="u")

    assert encoded("azure", asked) == [
        (
            "/embeddings?api-version=2024-10-21",
            {"input": ("a", (1, 2)), "encoding_format": "base64", "dimensions": 8, "user": "u"},
        )
    ]


def test_azure_takes_the_users_api_version() -> None:
    assert encoded("azure", request("a"), target(api_version="v 1")) == [
        ("/embeddings?api-version=v%201", {"input": "a"})
    ]


def test_titan_is_called_once_for_each_text() -> None:
    assert encoded("titan", request(dimensions=256)) == [
        ("/invoke", {"inputText": text, "dimensions": 256}) for text in ("a", "b")
    ]


def test_gemini_is_called_once_for_each_text() -> None:
    assert encoded("gemini", request(dimensions=256, truncate="NONE")) == [
        (
            "/models/the-model:predict",
            {"instances": [{"content": text}], "parameters": {"outputDimensionality": 256, "autoTruncate": False}},
        )
        for text in ("a", "b")
    ]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("query", "RETRIEVAL_QUERY"),
        ("document", "RETRIEVAL_DOCUMENT"),
        ("classification", "CLASSIFICATION"),
        ("clustering", "CLUSTERING"),
        ("similarity", "SEMANTIC_SIMILARITY"),
    ],
)
def test_gemini_has_a_word_for_every_task(kind: Any, word: str) -> None:
    ((_, body),) = encoded("gemini", request("a", input_type=kind))

    assert body["instances"] == [{"content": "a", "task_type": word}]


def test_nvidia_takes_other_tasks_for_queries_and_says_so() -> None:
    asked = request("a", input_type="clustering")

    assert encoded("nvidia", asked)[0][1]["input_type"] == "query"
    assert dropped("nvidia", asked) == {"input_type"}


def test_orchestration_wraps_the_call() -> None:
    asked = request(dimensions=256, input_type="document")

    assert encoded("orchestration", asked) == [
        (
            "/v2/embeddings",
            {
                "config": {
                    "modules": {
                        "embeddings": {
                            "model": {
                                "name": "the-model",
                                "version": "latest",
                                "params": {"encoding_format": "float", "dimensions": 256},
                            }
                        }
                    }
                },
                "input": {"text": ["a", "b"], "type": "document"},
            },
        )
    ]


def test_orchestration_tells_nvidia_that_a_text_asks() -> None:
    ((_, body),) = encoded("orchestration", request("a"), target("nvidia--llama"))

    assert body["input"] == {"text": "a", "type": "query"}


def test_orchestration_masks_where_it_is_configured() -> None:
    masking = {"providers": [{"type": "sap_data_privacy_integration"}]}
    where = replace(target(), modules={"masking": masking})

    ((_, body),) = encoded("orchestration", request(), where)

    assert body["config"]["modules"]["masking"] == masking


def test_orchestration_sends_no_text_past_a_filter() -> None:
    """SAP has filters for conversations only."""
    where = replace(target(), modules={"masking": {}, "filtering": {}})

    with pytest.raises(ClientError, match="asks for filtering around the-model"):
        encoded("orchestration", request(), where)


def test_orchestration_is_asked_for_the_version_that_the_deployment_permits() -> None:
    ((_, body),) = encoded("orchestration", request(), replace(target(), model_version="2"))

    assert body["config"]["modules"]["embeddings"]["model"]["version"] == "2"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("azure", {"input_type", "truncate", "title"}),
        ("nvidia", {"title", "user"}),
        ("titan", {"input_type", "truncate", "title", "user"}),
        ("gemini", {"user"}),
        ("orchestration", {"truncate", "title", "user"}),
    ],
)
def test_what_a_wire_cannot_say_is_noted(name: str, fields: set[str]) -> None:
    assert dropped(name, request("a", input_type="document", truncate="END", title="t", user="u")) == fields
