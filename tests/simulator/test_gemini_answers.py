"""The simulated Gemini answers in Vertex's wire."""

import json
from typing import Any

import pytest

from proxy_core.simulator.exchange import Answer, Stream
from tests.simulator.gemini_calls import (
    FLASH_25,
    FLASH_35,
    PRO_25,
    TOOLS,
    WEATHER,
    asking,
    generate,
    parts,
    refusal,
    respond,
    stream,
)

THOUGHTS = {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}}


def streamed_parts(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for frame in frames for part in frame["candidates"][0].get("content", {}).get("parts", [])]


def test_a_plain_answer_has_usage_that_adds_up() -> None:
    answer = generate(asking("[[sim: say Good day]]", **THOUGHTS))
    usage = answer["usageMetadata"]

    assert answer["candidates"][0]["finishReason"] == "STOP"
    assert answer["candidates"][0]["content"]["parts"][-1] == {"text": "Good day"}
    assert usage["totalTokenCount"] == sum(
        usage[name] for name in ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
    )


def test_thoughts_come_first_and_only_when_asked_for() -> None:
    shown, hidden = parts(asking("Hello", **THOUGHTS)), parts(asking("Hello"))

    assert [part.get("thought", False) for part in shown] == [True, False]
    assert [part.get("thought", False) for part in hidden] == [False]


def test_a_call_ends_with_stop_and_the_first_one_is_signed() -> None:
    two = {"tools": [{"functionDeclarations": [WEATHER, {"name": "clock"}]}]}
    candidate = generate(asking("[[sim: parallel]]", **two))["candidates"][0]
    calls = [part for part in candidate["content"]["parts"] if "functionCall" in part]

    assert candidate["finishReason"] == "STOP"
    assert [part["functionCall"]["name"] for part in calls] == ["weather", "clock"]
    assert ["thoughtSignature" in part for part in calls] == [True, False]


@pytest.mark.parametrize(("model", "has_id"), [(FLASH_25, False), (FLASH_35, True)])
def test_only_gemini_3_gives_calls_an_id(model: str, has_id: bool) -> None:
    found = parts(asking("[[sim: call weather {}]]", tools=TOOLS), model)

    assert [("id" in part["functionCall"]) for part in found if "functionCall" in part] == [has_id]


@pytest.mark.parametrize("query", [{}, {"alt": "sse"}])
def test_the_stream_has_data_lines_with_carriage_returns(query: dict[str, str]) -> None:
    answer = respond(asking("Hello"), action="streamGenerateContent", query=query)
    assert isinstance(answer, Stream)
    frames = list(answer.frames)

    assert all(frame.startswith(b"data: {") and frame.endswith(b"}\r\n\r\n") for frame in frames)
    assert len(frames) > 2


def test_usage_is_complete_in_the_last_frame_only() -> None:
    frames = stream(asking("Hello", **THOUGHTS))

    assert [frame["usageMetadata"] for frame in frames[:-1]] == [{"trafficType": "ON_DEMAND"}] * (len(frames) - 1)
    assert frames[-1]["usageMetadata"]["totalTokenCount"] > 0
    assert ["finishReason" in frame["candidates"][0] for frame in frames].index(True) == len(frames) - 1


def test_the_stream_says_the_same_as_the_buffered_answer() -> None:
    body = asking('[[sim: say I look]] [[sim: call weather {"city": "Köln"}]]', tools=TOOLS, **THOUGHTS)
    found = streamed_parts(stream(body))

    assert "".join(part["text"] for part in found if part.get("thought")) == parts(body)[0]["text"]
    assert "".join(part["text"] for part in found if "text" in part and not part.get("thought")) == "I look"
    assert found[-1] == parts(body)[-1]


def test_gemini_3_signs_a_streamed_text_on_an_empty_last_part() -> None:
    last = streamed_parts(stream(asking("Hello"), FLASH_35))[-1]

    assert last["text"] == ""
    assert last["thoughtSignature"].startswith("Cs4B")


def test_gemini_2_5_does_not_sign_text() -> None:
    assert not any("thoughtSignature" in part for part in streamed_parts(stream(asking("Hello"), PRO_25)))


def test_a_limit_within_the_thoughts_leaves_no_parts() -> None:
    answer = generate(asking("Hello", generationConfig={"maxOutputTokens": 2}))

    assert answer["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert "parts" not in answer["candidates"][0]["content"]


def test_a_blocked_prompt_has_feedback_and_no_candidates() -> None:
    body = asking("[[sim: filter prompt]]")

    assert generate(body)["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}
    assert "candidates" not in generate(body)
    assert "candidates" not in stream(body)[0]


def test_filtered_output_ends_with_safety() -> None:
    assert stream(asking("[[sim: filter]]"))[-1]["candidates"][0]["finishReason"] == "SAFETY"


def test_a_malformed_call_can_be_asked_for() -> None:
    body = asking("[[sim: call weather {}]] [[sim: extra finish_reason MALFORMED_FUNCTION_CALL]]", tools=TOOLS)

    assert stream(body)[-1]["candidates"][0]["finishReason"] == "MALFORMED_FUNCTION_CALL"
    assert not any("functionCall" in part for part in streamed_parts(stream(body)))


def test_function_names_can_carry_a_namespace() -> None:
    body = asking("[[sim: call weather {}]] [[sim: extra name_prefix default_api:]]", tools=TOOLS)

    assert parts(body)[-1]["functionCall"]["name"] == "default_api:weather"


def test_structured_output_follows_the_schema() -> None:
    schema = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
    config = {"responseMimeType": "application/json", "responseSchema": schema}

    assert isinstance(json.loads(parts(asking("Hello", generationConfig=config))[-1]["text"])["city"], str)


def test_the_embedding_model_predicts_unit_vectors() -> None:
    body = {
        "instances": [{"content": "Hello", "task_type": "RETRIEVAL_QUERY"}],
        "parameters": {"outputDimensionality": 8},
    }
    answer = respond(body, "gemini-embedding", "predict")
    assert isinstance(answer, Answer)
    values = json.loads(answer.body)["predictions"][0]["embeddings"]["values"]

    assert len(values) == 8
    assert sum(value * value for value in values) == pytest.approx(1)


def test_another_model_name_in_the_path_is_not_found() -> None:
    answer = respond(asking("Hello"), "gemini-2.5-pro", "countTokens")
    assert isinstance(answer, Answer)

    assert answer.status == 404


def test_the_embedding_model_does_not_generate() -> None:
    assert refusal(asking("Hello"), "gemini-embedding") == (
        "gemini-embedding is not supported in the generateContent API."
    )
