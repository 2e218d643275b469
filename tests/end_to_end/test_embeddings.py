"""Vectors of every family through the running proxy, by the official SDK and by hand."""

import base64
import struct
import threading
import time
from pathlib import Path
from typing import Any

import openai
import pytest

from proxy_core.settings.model import OrchestrationSettings
from proxy_core.simulator.faults import Fault
from proxy_core.simulator.world import World, demo_tenant
from tests.end_to_end.stand import Stand, running_stand

AZURE = "text-embedding-3-small"
TITAN = "amazon--titan-embed-text"
GEMINI = "gemini-embedding"
NVIDIA = "nvidia--llama-3.2-nv-embedqa-1b"
SIZES = {AZURE: 1536, TITAN: 1024, GEMINI: 3072, NVIDIA: 2048}
every_family = pytest.mark.parametrize("model", SIZES)
PATH = "/v1/embeddings"


def embed(stand: Stand, **body: Any) -> Any:
    answer = stand.request("POST", PATH, body)
    assert answer.status == 200, answer.body
    return answer.json()


def vectors(answer: Any) -> list[Any]:
    return [item["embedding"] for item in answer["data"]]


@every_family
def test_the_official_sdk_gets_vectors(stand: Stand, model: str) -> None:
    """It asks for base64 by default."""
    answer = stand.openai().embeddings.create(model=model, input=["one", "two", "three"])

    assert answer.model == model
    assert [item.index for item in answer.data] == [0, 1, 2]
    assert {len(item.embedding) for item in answer.data} == {SIZES[model]}
    assert answer.usage.prompt_tokens == answer.usage.total_tokens >= 3


@every_family
def test_both_encodings_hold_the_same_numbers(stand: Stand, model: str) -> None:
    floats = vectors(embed(stand, model=model, input="hello"))[0]
    text = vectors(embed(stand, model=model, input="hello", encoding_format="base64"))[0]

    data = base64.b64decode(text)
    assert struct.unpack(f"<{len(data) // 4}f", data) == pytest.approx(floats, abs=1e-6)


@every_family
def test_the_order_of_the_texts_is_kept(stand: Stand, model: str) -> None:
    texts = [f"text {number}" for number in range(12)]

    together = vectors(embed(stand, model=model, input=texts))

    assert together[7] == vectors(embed(stand, model=model, input=texts[7]))[0]
    assert len({tuple(vector) for vector in together}) == len(texts)


@pytest.mark.parametrize(("model", "size"), [(AZURE, 256), (TITAN, 512), (GEMINI, 768), (NVIDIA, 384)])
def test_dimensions_are_passed_on(stand: Stand, model: str, size: int) -> None:
    assert len(vectors(embed(stand, model=model, input="hello", dimensions=size))[0]) == size


def test_token_ids_reach_azure_as_they_are(stand: Stand) -> None:
    answer = stand.openai().embeddings.create(model=AZURE, input=[[9906, 1917], [15339]])

    assert len(answer.data) == 2
    assert stand.inference_bodies() == [{"input": [[9906, 1917], [15339]], "encoding_format": "base64"}]


def test_a_list_of_ids_is_one_input(stand: Stand) -> None:
    assert len(vectors(embed(stand, model=AZURE, input=[9906, 1917]))) == 1


@pytest.mark.parametrize("model", [TITAN, GEMINI, NVIDIA])
def test_token_ids_are_refused_where_only_texts_are_known(stand: Stand, model: str) -> None:
    with pytest.raises(openai.BadRequestError, match="takes texts only") as failure:
        stand.openai().embeddings.create(model=model, input=[[1, 2]])

    assert failure.value.param == "input"
    assert stand.inference_bodies() == []


@pytest.mark.parametrize("model", [TITAN, GEMINI])
def test_usage_is_summed_over_the_calls(stand: Stand, model: str) -> None:
    one = embed(stand, model=model, input="some words to count")["usage"]["prompt_tokens"]

    assert embed(stand, model=model, input=["some words to count"] * 3)["usage"]["prompt_tokens"] == 3 * one


@pytest.mark.parametrize("model", [TITAN, GEMINI])
def test_one_call_goes_out_for_each_text(stand: Stand, model: str) -> None:
    embed(stand, model=model, input=["a", "b", "c"])

    assert len(stand.inference_bodies()) == 3


def test_calls_for_one_request_run_side_by_side(stand: Stand) -> None:
    for deployment in stand.deployments(TITAN):
        stand.world.faults.set(deployment, Fault("stall", where="headers", seconds=0.4, times=8))

    begun = time.monotonic()
    embed(stand, model=TITAN, input=[f"text {number}" for number in range(8)])

    assert time.monotonic() - begun < 2.0


@pytest.mark.parametrize(
    ("word", "sent"), [(None, "query"), ("query", "query"), ("passage", "passage"), ("document", "passage")]
)
def test_nvidia_is_told_whether_a_text_asks_or_answers(stand: Stand, word: str | None, sent: str) -> None:
    embed(stand, model=NVIDIA, input=["x"], input_type=word, truncate="END")

    assert stand.inference_bodies() == [{"model": NVIDIA, "input": ["x"], "input_type": sent, "truncate": "END"}]


def test_gemini_is_told_the_task(stand: Stand) -> None:
    embed(stand, model=GEMINI, input="x", task_type="RETRIEVAL_DOCUMENT", title="T")

    assert stand.inference_bodies() == [
        {"instances": [{"content": "x", "task_type": "RETRIEVAL_DOCUMENT", "title": "T"}]}
    ]


def test_fields_of_other_vendors_are_left_out_and_named(stand: Stand) -> None:
    body = {"model": AZURE, "input": "x", "input_type": "query", "extra": 1}

    answer = stand.request("POST", PATH, body)

    assert answer.headers["x-proxy-dropped"] == "extra, input_type"
    assert stand.inference_bodies() == [{"input": "x"}]


@pytest.mark.parametrize(
    "path",
    ["/embeddings", "/v1/v1/embeddings", "/openai/v1/embeddings/", f"/openai/deployments/{AZURE}/embeddings"],
)
def test_every_spelling_of_the_path_works(stand: Stand, path: str) -> None:
    body = {"input": "x"} if "deployments" in path else {"model": AZURE, "input": "x"}

    assert stand.request("POST", path, body).status == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"input": None}, "input"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": 7}, "input"),
        ({"input": {}}, "input"),
        ({"input": ["a", ""]}, "input[1]"),
        ({"input": ["a", None]}, "input[1]"),
        ({"input": [[]]}, "input[0]"),
        ({"input": [1, "a"]}, "input[1]"),
        ({"input": [True]}, "input[0]"),
        ({"input": [[1, -2]]}, "input[0][1]"),
        ({"input": ["a"] * 2049}, "input"),
        ({"dimensions": 0}, "dimensions"),
        ({"dimensions": "256"}, "dimensions"),
        ({"encoding_format": "hex"}, "encoding_format"),
        ({"input_type": "nonsense"}, "input_type"),
        ({"truncate": "MIDDLE"}, "truncate"),
        ({"user": 5}, "user"),
        ({"model": None}, "model"),
        ({"model": " "}, "model"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_sent(stand: Stand, changes: dict[str, Any], field: str) -> None:
    answer = stand.request("POST", PATH, {"model": AZURE, "input": "x", **changes})

    assert answer.status == 400
    assert answer.json()["error"]["param"] == field
    assert field.partition("[")[0] in answer.json()["error"]["message"]
    assert stand.inference_bodies() == []


def test_a_chat_model_makes_no_vectors(stand: Stand) -> None:
    answer = stand.request("POST", PATH, {"model": "gpt-5", "input": "x"})

    assert answer.status == 404
    assert answer.json()["error"]["message"].startswith("The model 'gpt-5' chats; it does not make embeddings.")


def test_a_model_that_makes_vectors_does_not_chat(stand: Stand) -> None:
    body = {"model": AZURE, "messages": [{"role": "user", "content": "x"}]}

    answer = stand.request("POST", "/v1/chat/completions", body)

    assert answer.status == 404
    assert "makes embeddings; it does not chat" in answer.json()["error"]["message"]


def test_no_other_model_stands_in(stand: Stand) -> None:
    assert stand.request("POST", PATH, {"model": "text-embedding-4", "input": "x"}).status == 404


def test_dimensions_that_a_model_refuses_are_an_error(stand: Stand) -> None:
    """Vectors of another length would be worse."""
    answer = stand.request("POST", PATH, {"model": TITAN, "input": "x", "dimensions": 77})

    assert answer.status == 400
    assert "dimensions" in answer.json()["error"]["message"]


def test_models_that_make_vectors_are_listed(stand: Stand) -> None:
    listed = {entry["id"] for entry in stand.request("GET", "/v1/models").json()["data"]}

    assert set(SIZES) <= listed


def test_another_deployment_answers_when_one_is_throttled(stand: Stand) -> None:
    first, second = stand.deployments(AZURE)
    for deployment in (first, second):
        stand.world.faults.set(deployment, Fault("status", times=1))

    with pytest.raises(openai.RateLimitError):
        stand.openai().embeddings.create(model=AZURE, input="x")
    stand.reset()
    stand.world.faults.set(first, Fault("status", times=9))

    assert all(embed(stand, model=AZURE, input="x")["data"] for _ in range(2))


def test_a_dead_token_is_fetched_anew_once_for_all_calls(stand: Stand) -> None:
    stand.world.tokens.revoke_all()

    assert len(vectors(embed(stand, model=TITAN, input=["a", "b", "c", "d"]))) == 4


def test_a_failed_call_fails_the_request(stand: Stand) -> None:
    (deployment,) = stand.deployments(TITAN)
    stand.world.faults.set(deployment, Fault("status", status=500, times=1))

    assert stand.request("POST", PATH, {"model": TITAN, "input": ["a", "b", "c"]}).status >= 500


def test_many_requests_at_once_are_answered(stand: Stand) -> None:
    answers: list[int] = []

    def ask() -> None:
        answers.append(stand.request("POST", PATH, {"model": TITAN, "input": ["a", "b", "c"]}).status)

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 10


def test_a_model_without_its_own_deployment_comes_through_orchestration(tmp_path: Path) -> None:
    world = World([demo_tenant("demo-eu")])
    world.deploy("demo-eu", "")
    world.deploy("demo-eu", "gpt-5")
    with running_stand(tmp_path, world=world) as stand:
        for as_base64 in (False, True):
            wanted = "base64" if as_base64 else "float"
            answer = embed(stand, model=AZURE, input=["a", "b"], dimensions=256, encoding_format=wanted)
            assert answer["model"] == AZURE
            assert [isinstance(vector, str) for vector in vectors(answer)] == [as_base64] * 2


def test_texts_are_masked_where_it_is_configured(tmp_path: Path) -> None:
    """The model has a deployment of its own, which cannot mask."""
    masking = {"providers": [{"type": "sap_data_privacy_integration", "method": "anonymization", "entities": []}]}
    modules = OrchestrationSettings(modules={"text-embedding-3-small": {"masking": masking}})
    with running_stand(tmp_path, orchestration=modules) as stand:
        embed(stand, model=AZURE, input="hello")

        (body,) = stand.inference_bodies()
    assert body["config"]["modules"]["masking"] == masking


def test_a_text_is_not_sent_where_its_filter_cannot_be(tmp_path: Path) -> None:
    modules = OrchestrationSettings(modules={AZURE: {"filtering": {"input": {"filters": []}}}})
    with running_stand(tmp_path, orchestration=modules) as stand:
        answer = stand.request("POST", PATH, {"model": AZURE, "input": "hello"})

        assert answer.status == 400
        assert "asks for filtering around text-embedding-3-small" in answer.json()["error"]["message"]
        assert stand.inference_bodies() == []
