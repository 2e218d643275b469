"""The native route of Gemini: what is edited on the way there, and streams cut anywhere on the way back."""

import json
from pathlib import Path
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ClientError, UpstreamError
from proxy_core.neutral.messages import Signature, Usage
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.gemini.native import GeminiRoute, GeminiStreamAdapter
from proxy_core.wire.gemini import SIGNATURE_PLACEHOLDER
from proxy_core.wire.gemini_signatures import wrap_signature

GOLDEN = Path(__file__).parents[1] / "golden" / "gemini"
ROUTE = GeminiRoute()
TARGET = Target("gemini-2.5-pro", "my-gemini", capabilities_of("gemini-2.5-pro"))
SENT = UpstreamRequest("/x", {})
FOREIGN = wrap_signature(Signature("anthropic", "EpAC"))


def no_fetch(url: str) -> Any:
    raise AssertionError(url)


def adapt(**body: Any) -> UpstreamRequest:
    return ROUTE.adapt_request({"model": "m", "stream": False, **body}, {}, TARGET, no_fetch)


def model_turn(*parts: Any) -> list[Any]:
    return [{"role": "user", "parts": [{"text": "?"}]}, {"role": "model", "parts": list(parts)}]


def adapted_parts(*parts: Any) -> list[Any]:
    turns: list[Any] = adapt(contents=model_turn(*parts)).body["contents"]
    found: list[Any] = turns[1]["parts"]
    return found


@pytest.mark.parametrize(
    ("stream", "path"),
    [
        (False, "/models/gemini-2.5-pro:generateContent"),
        (True, "/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
    ],
)
def test_model_and_stream_move_into_the_path(stream: bool, path: str) -> None:
    sent = adapt(stream=stream, contents=[{"role": "user", "parts": [{"text": "hi"}]}])

    assert sent.path == path
    assert sent.body == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def test_everything_else_passes_as_it_is() -> None:
    rest = {
        "generationConfig": {"logprobs": 3},
        "cachedContent": "c",
        "tools": [{"googleSearch": {}}],
        "novel": [1],
    }

    sent = adapt(contents=[{"role": "user", "parts": [{"text": "hi"}]}], **rest)

    assert {key: value for key, value in sent.body.items() if key != "contents"} == rest


def test_a_turn_without_a_role_is_the_users() -> None:
    assert adapt(contents={"parts": {"text": "hi"}}).body["contents"] == [
        {"role": "user", "parts": [{"text": "hi"}]}
    ]


def test_a_streamed_answer_that_came_in_frames_is_one_turn() -> None:
    """Google's Python client keeps a turn for each frame; Gemini wants turns that alternate."""
    frames = [{"role": "model", "parts": [{"text": text}]} for text in ("4", "2", "")]
    user = {"role": "user", "parts": [{"text": "?"}]}

    assert adapt(contents=[user, *frames, user]).body["contents"] == [
        user,
        {"role": "model", "parts": [{"text": "4"}, {"text": "2"}]},
        user,
    ]


@pytest.mark.parametrize("key", ["functionCall", "function_call", "functionResponse", "function_response"])
def test_ids_of_calls_and_results_go(key: str) -> None:
    assert adapted_parts({key: {"id": "1", "name": "f", "args": {"id": 2}}}) == [
        {key: {"name": "f", "args": {"id": 2}}}
    ]


def test_own_signatures_stay_in_the_base64_that_vertex_takes() -> None:
    assert adapted_parts({"text": "a", "thoughtSignature": "Cs4B_-"}) == [
        {"text": "a", "thoughtSignature": "Cs4B/+"}
    ]


@pytest.mark.parametrize("key", ["inlineData", "inline_data"])
def test_files_are_sent_in_the_base64_that_vertex_takes(key: str) -> None:
    assert adapted_parts({key: {"mimeType": "a/b", "data": "_-8="}}) == [{key: {"mimeType": "a/b", "data": "/+8="}}]


def test_the_placeholder_stays_as_it_is() -> None:
    part = {"functionCall": {"name": "f"}, "thoughtSignature": SIGNATURE_PLACEHOLDER}

    assert adapted_parts(part) == [part]


def test_thoughts_of_other_vendors_go_with_a_note() -> None:
    turns = model_turn({"text": "hm", "thought": True, "thoughtSignature": FOREIGN}, {"text": "So."})

    sent = adapt(contents=turns)

    assert sent.body["contents"][1]["parts"] == [{"text": "So."}]
    assert [note.field for note in sent.diagnostics] == ["contents[].parts[].thoughtSignature"]


def test_a_call_that_another_vendor_signed_gets_the_placeholder() -> None:
    call = {"functionCall": {"name": "f"}}

    assert adapted_parts({**call, "thoughtSignature": FOREIGN}) == [
        {**call, "thoughtSignature": SIGNATURE_PLACEHOLDER}
    ]


def test_the_clients_body_is_not_changed() -> None:
    body = {"contents": model_turn({"functionCall": {"id": "1", "name": "f"}, "thoughtSignature": FOREIGN})}
    before = json.dumps(body)

    adapt(**body)

    assert json.dumps(body) == before


@pytest.mark.parametrize(
    ("contents", "param"),
    [
        (None, "contents"),
        ([], "contents"),
        ("hi", "contents"),
        ([5], "contents[0]"),
        ([{"role": "user"}], "contents[0].parts"),
        ([{"parts": [5]}], "contents[0].parts[0]"),
    ],
)
def test_contents_of_another_shape_are_refused(contents: Any, param: str) -> None:
    with pytest.raises(ClientError) as failure:
        adapt(contents=contents)

    assert failure.value.param == param


def test_an_answer_gets_the_clients_name() -> None:
    body = {"candidates": [{"x": 1}], "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}}

    answer, usage = ROUTE.adapt_response(
        json.dumps({**body, "modelVersion": "gemini-2.5-pro"}).encode(), SENT, TARGET
    )

    assert json.loads(answer) == {**body, "modelVersion": "my-gemini"}
    assert usage == Usage(3, 4)


@pytest.mark.parametrize("body", [b"[]", b"not json", b'{"error": {"code": 429, "message": "slow"}}'])
def test_an_answer_that_is_none_is_an_error(body: bytes) -> None:
    with pytest.raises(UpstreamError):
        ROUTE.adapt_response(body, SENT, TARGET)


def adapted_stream(pieces: list[bytes]) -> tuple[bytes, str]:
    """What came out, and the kind of the error that ended it."""
    adapter = GeminiStreamAdapter("my-gemini")
    out = b""
    try:
        for piece in pieces:
            out += adapter.feed(piece)
        out += adapter.close()
    except UpstreamError as error:
        return out, error.kind
    return out, ""


STREAMS = sorted(path.stem for path in GOLDEN.glob("*.sse"))


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_may_be_cut_at_every_byte(name: str) -> None:
    data = (GOLDEN / f"{name}.sse").read_bytes()
    whole, failure = adapted_stream([data])

    for place in range(1, len(data), 3):
        out, other = adapted_stream([data[:place], data[place:]])
        assert other == failure
        if not failure:
            assert out == whole


@pytest.mark.parametrize("name", STREAMS)
def test_frames_keep_what_they_say(name: str) -> None:
    data = (GOLDEN / f"{name}.sse").read_bytes()
    out, _ = adapted_stream([data])

    for frame in out.decode().split("\r\n\r\n")[:-1]:
        said = json.loads(frame.removeprefix("data: "))
        assert said.get("modelVersion", "my-gemini") == "my-gemini"
        assert "error" not in said


def test_content_frames_pass_without_being_read_once_content_has_begun() -> None:
    adapter = GeminiStreamAdapter("my-gemini")
    adapter.feed(
        b'data: {"candidates": [{"content": {"parts": [{"text": "a"}]}}],"modelVersion": "gemini-2.5-pro"}\r\n\r\n'
    )

    out = adapter.feed(b'data: {"candidates": [ {"odd":  1}],"modelVersion": "gemini-2.5-pro"}\r\n\r\n')

    assert adapter.content_started
    assert out == b'data: {"candidates": [ {"odd":  1}],"modelVersion":"my-gemini"}\r\n\r\n'


def test_usage_is_read_in_passing() -> None:
    adapter = GeminiStreamAdapter("my-gemini")
    adapter.feed((GOLDEN / "parallel_calls.sse").read_bytes())
    adapter.close()

    assert adapter.usage == Usage(93, 136, reasoning_tokens=112)


def test_metadata_is_no_content() -> None:
    adapter = GeminiStreamAdapter("my-gemini")
    adapter.feed(b'data: {"usageMetadata": {"promptTokenCount": 3}}\n\n')

    assert not adapter.content_started
