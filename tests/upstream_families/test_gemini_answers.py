"""Recorded and made-up Gemini answers: upstream bytes in, the neutral answer out.

Each `tests/golden/gemini/*.sse` has a `.json` beside it with what must come out. Write them anew with
`python -m tests.upstream_families.test_gemini_answers` and read the difference.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.neutral.events import Event, PartDelta
from proxy_core.neutral.fold import fold
from proxy_core.neutral.messages import ChatResponse, FilePart, FinishKind, TextPart, ToolCallPart
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.gemini import Gemini
from proxy_core.upstream_families.gemini.answers import GeminiStreamDecoder, decode_answer
from tests.grammar import check_grammar

GOLDEN = Path(__file__).parents[1] / "golden" / "gemini"
CASES = sorted(path.stem for path in GOLDEN.glob("*.sse"))
TARGET = Target("gemini-2.5-flash", "my-gemini", capabilities_of("gemini-2.5-flash"))
SENT = UpstreamRequest(
    "/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
    {"tools": [{"functionDeclarations": [{"name": "weather"}, {"name": "best_language"}]}]},
    tool_names={"best_language": "best.language!"},
)


def new_decoder() -> GeminiStreamDecoder:
    numbers = count(1)
    return GeminiStreamDecoder(SENT, TARGET, lambda: f"call_{next(numbers)}")


def decode(pieces: Iterable[bytes]) -> tuple[list[Event], UpstreamError | None]:
    decoder = new_decoder()
    events: list[Event] = []
    try:
        for piece in pieces:
            events += decoder.feed(piece)
        events += decoder.close()
    except UpstreamError as error:
        return events, error
    return events, None


def outcome(events: Sequence[Event], error: UpstreamError | None) -> dict[str, Any]:
    check_grammar(events, complete=error is None)
    if error is not None:
        text = "".join(event.text for event in events if isinstance(event, PartDelta))
        return {"text": text, "error": {"status": error.status, "kind": error.kind, "message": error.message}}
    return answer_as_json(fold(events))


def answer_as_json(answer: ChatResponse) -> dict[str, Any]:
    parts = [
        {"type": type(part).__name__}
        | {name: getattr(part, name) for name in ("id", "name", "text", "arguments", "media_type", "data")
           if getattr(part, name, None) is not None}
        | ({} if isinstance(part, FilePart) or part.signature is None else {"signature": asdict(part.signature)})
        for part in answer.parts
    ]  # fmt: skip
    return {
        "id": answer.id,
        "model": answer.model,
        "parts": parts,
        "finish": asdict(answer.finish),
        "usage": asdict(answer.usage),
    }


def expected(case: str) -> dict[str, Any]:
    wanted: dict[str, Any] = json.loads((GOLDEN / f"{case}.json").read_text(encoding="utf-8"))
    return wanted


@pytest.mark.parametrize("case", CASES)
def test_a_stream_gives_the_recorded_answer(case: str) -> None:
    data = (GOLDEN / f"{case}.sse").read_bytes()

    assert outcome(*decode([data])) == expected(case)


@pytest.mark.parametrize("case", CASES)
def test_a_stream_may_be_cut_at_every_byte(case: str) -> None:
    data = (GOLDEN / f"{case}.sse").read_bytes()
    wanted = expected(case)

    for cut in range(1, len(data)):
        assert outcome(*decode([data[:cut], data[cut:]])) == wanted, cut


@pytest.mark.parametrize("case", CASES)
def test_a_stream_may_come_byte_by_byte(case: str) -> None:
    data = (GOLDEN / f"{case}.sse").read_bytes()

    assert outcome(*decode(data[index : index + 1] for index in range(len(data)))) == expected(case)


def test_a_whole_answer_is_the_folded_stream_of_one_frame() -> None:
    body = (GOLDEN / "parallel_calls.sse").read_bytes().split(b"data: ")[2].strip()
    numbers = count(1)

    whole = fold(decode_answer(body, SENT, TARGET, lambda: f"call_{next(numbers)}"))
    streamed = fold(decode([b"data: " + body + b"\n\n"])[0])

    assert whole == streamed
    assert whole.finish.kind is FinishKind.TOOL_CALLS


def test_made_up_call_ids_differ() -> None:
    part = {"functionCall": {"name": "weather", "args": {}, "id": "same"}}
    body = json.dumps({"candidates": [{"content": {"parts": [part, part, part]}, "finishReason": "STOP"}]}).encode()

    answer = Gemini().decode_response(body, SENT, TARGET)

    assert len({part.id for part in answer.parts if isinstance(part, ToolCallPart)}) == 3


def test_texts_of_one_read_leave_as_one_delta() -> None:
    frame = b'data: {"candidates":[{"content":{"parts":[{"text":"ab"}]}}]}\n\n'

    events = new_decoder().feed(frame * 3)

    assert [event.text for event in events if isinstance(event, PartDelta)] == ["ababab"]


def test_a_whole_answer_that_is_not_json_is_an_upstream_error() -> None:
    with pytest.raises(UpstreamError, match="not valid JSON") as caught:
        Gemini().decode_response(b"<html>", SENT, TARGET)

    assert caught.value.status == 502


@pytest.mark.parametrize(
    "body", [b'"text"', b"7", b"null", b'{"candidates":[{"content":7}]}', b'{"candidates":7}', b"{}"]
)
def test_a_whole_answer_of_another_shape_is_an_upstream_error(body: bytes) -> None:
    with pytest.raises(UpstreamError):
        Gemini().decode_response(body, SENT, TARGET)


def test_an_error_body_with_status_200_is_an_upstream_error() -> None:
    body = b'{"error":{"code":429,"message":"Resource exhausted.","status":"RESOURCE_EXHAUSTED"}}'

    with pytest.raises(UpstreamError, match="Resource exhausted") as caught:
        Gemini().decode_response(body, SENT, TARGET)

    assert caught.value.kind is ErrorKind.RATE_LIMIT


def test_a_context_overflow_is_recognised() -> None:
    message = "The input token count (1250074) exceeds the maximum number of tokens allowed (1048576)."
    body = json.dumps([{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}]).encode()

    error = Gemini().decode_error(400, {}, body)

    assert (error.kind, error.message) == (ErrorKind.CONTEXT_LENGTH, message)


def test_the_public_name_is_in_the_answer() -> None:
    body = b'{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"modelVersion":"x"}'

    answer = Gemini().decode_response(body, SENT, TARGET)

    assert answer.model == "my-gemini"
    assert answer.parts == (TextPart("Hi"),)


if __name__ == "__main__":
    for name in CASES:
        result = outcome(*decode([(GOLDEN / f"{name}.sse").read_bytes()]))
        text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
        (GOLDEN / f"{name}.json").write_text(text, encoding="utf-8")
