"""Every dialect on every family, streamed and not, by the official SDKs."""

import base64
import json
import struct
import zlib
from typing import Any

import pytest

from tests.end_to_end.stand import Stand

MODELS = (
    "gpt-5",
    "gpt-4o",
    "anthropic--claude-4.5-sonnet",
    "anthropic--claude-4.6-opus",
    "gemini-2.5-pro",
    "gemini-3.5-flash",
)
every_model = pytest.mark.parametrize("model", MODELS)
streamed_or_not = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
OPENAI_TOOL: Any = {
    "type": "function",
    "function": {"name": "weather", "description": "Weather", "parameters": CITY},
}
ANTHROPIC_TOOL: Any = {"name": "weather", "description": "Weather", "input_schema": CITY}
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


def png() -> str:
    """A picture of one pixel, base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    image = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
        + chunk(b"IEND", b"")
    )
    return base64.b64encode(image).decode()


PDF = base64.b64encode(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF").decode()


def chat(stand: Stand, stream: bool, **body: Any) -> Any:
    """The complete answer of a chat completion."""
    client = stand.openai()
    if not stream:
        return client.chat.completions.create(**body)
    with client.chat.completions.stream(stream_options={"include_usage": True}, **body) as answer:
        return answer.get_final_completion()


def message(stand: Stand, stream: bool, **body: Any) -> Any:
    """The complete answer of a message."""
    client = stand.anthropic()
    if not stream:
        return client.messages.create(**body)
    with client.messages.stream(**body) as answer:
        return answer.get_final_message()


@every_model
@streamed_or_not
def test_chat_answers_in_text_with_usage(stand: Stand, model: str, stream: bool) -> None:
    answer = chat(
        stand,
        stream,
        model=model,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "[[sim: say Grüße, data: 😀]]"},
        ],
    )

    choice = answer.choices[0]
    assert choice.message.content == "Grüße, data: 😀"
    assert choice.finish_reason == "stop"
    assert answer.model == model
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


@every_model
@streamed_or_not
def test_messages_answers_in_text_with_usage(stand: Stand, model: str, stream: bool) -> None:
    answer = message(
        stand,
        stream,
        model=model,
        max_tokens=500,
        system="Be brief.",
        messages=[{"role": "user", "content": "[[sim: say Grüße, data: 😀]]"}],
    )

    assert "".join(block.text for block in answer.content if block.type == "text") == "Grüße, data: 😀"
    assert answer.stop_reason == "end_turn"
    assert answer.model == model
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0


@every_model
@streamed_or_not
def test_chat_carries_parallel_tool_calls_and_their_results(stand: Stand, model: str, stream: bool) -> None:
    messages: list[Any] = [
        {"role": "user", "content": '[[sim: call weather {"city": "Köln"}]] [[sim: call weather {"city": "Rom"}]]'}
    ]
    first = chat(stand, stream, model=model, messages=messages, tools=[OPENAI_TOOL])
    calls = first.choices[0].message.tool_calls
    messages.append(first.choices[0].message.model_dump(exclude_none=True))
    messages += [
        {"role": "tool", "tool_call_id": calls[0].id, "content": "15 C"},
        {"role": "tool", "tool_call_id": calls[1].id, "content": "Error: no such city"},
    ]
    second = chat(stand, stream, model=model, messages=messages, tools=[OPENAI_TOOL])

    assert first.choices[0].finish_reason == "tool_calls"
    assert [json.loads(call.function.arguments) for call in calls] == [{"city": "Köln"}, {"city": "Rom"}]
    assert len({call.id for call in calls}) == 2
    assert "15 C" in second.choices[0].message.content
    assert second.choices[0].finish_reason == "stop"


@every_model
@streamed_or_not
def test_messages_carry_parallel_tool_calls_and_their_results(stand: Stand, model: str, stream: bool) -> None:
    messages: list[Any] = [
        {"role": "user", "content": '[[sim: call weather {"city": "Köln"}]] [[sim: call weather {"city": "Rom"}]]'}
    ]
    first = message(stand, stream, model=model, max_tokens=900, messages=messages, tools=[ANTHROPIC_TOOL])
    calls = [block for block in first.content if block.type == "tool_use"]
    messages.append(
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]}
    )
    results: list[Any] = [
        {"type": "tool_result", "tool_use_id": calls[0].id, "content": "15 C"},
        {"type": "tool_result", "tool_use_id": calls[1].id, "content": "no such city", "is_error": True},
    ]
    messages.append({"role": "user", "content": results})
    second = message(stand, stream, model=model, max_tokens=900, messages=messages, tools=[ANTHROPIC_TOOL])

    assert first.stop_reason == "tool_use"
    assert [call.input for call in calls] == [{"city": "Köln"}, {"city": "Rom"}]
    assert "15 C" in "".join(block.text for block in second.content if block.type == "text")
    assert second.stop_reason == "end_turn"


@every_model
@pytest.mark.parametrize(
    "choice", ["required", "none", {"type": "function", "function": {"name": "weather"}}], ids=str
)
def test_chat_passes_the_tool_choice(stand: Stand, model: str, choice: Any) -> None:
    answer = chat(
        stand,
        False,
        model=model,
        messages=[{"role": "user", "content": "Hello"}],
        tools=[OPENAI_TOOL],
        tool_choice=choice,
    )

    calls = answer.choices[0].message.tool_calls or []
    assert [call.function.name for call in calls] == ([] if choice == "none" else ["weather"])


@every_model
@streamed_or_not
def test_chat_passes_images(stand: Stand, model: str, stream: bool) -> None:
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{png()}"}}
    answer = chat(
        stand,
        stream,
        model=model,
        messages=[{"role": "user", "content": [{"type": "text", "text": "What is here?"}, picture]}],
    )

    assert "1 image" in answer.choices[0].message.content


@every_model
@streamed_or_not
def test_messages_pass_images(stand: Stand, model: str, stream: bool) -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png()}}
    answer = message(
        stand,
        stream,
        model=model,
        max_tokens=500,
        messages=[{"role": "user", "content": [{"type": "text", "text": "What is here?"}, picture]}],
    )

    assert "1 image" in "".join(block.text for block in answer.content if block.type == "text")


@pytest.mark.parametrize("model", [model for model in MODELS if not model.startswith("gpt")])
def test_both_dialects_pass_pdfs(stand: Stand, model: str) -> None:
    chat_file = {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"}}
    document = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PDF}}
    question = {"type": "text", "text": "What is here?"}

    first = chat(stand, False, model=model, messages=[{"role": "user", "content": [question, chat_file]}])
    second = message(
        stand, False, model=model, max_tokens=500, messages=[{"role": "user", "content": [question, document]}]
    )

    assert "1 document" in first.choices[0].message.content
    assert "1 document" in "".join(block.text for block in second.content if block.type == "text")


@every_model
def test_images_inside_tool_results_arrive(stand: Stand, model: str) -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png()}}
    messages: list[Any] = [{"role": "user", "content": "[[sim: call weather {}]]"}]
    first = message(stand, False, model=model, max_tokens=900, messages=messages, tools=[ANTHROPIC_TOOL])
    call = next(block for block in first.content if block.type == "tool_use")
    messages.append(
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]}
    )
    messages.append(
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": [picture]}]}
    )
    second = message(stand, False, model=model, max_tokens=900, messages=messages, tools=[ANTHROPIC_TOOL])

    assert "1 image" in "".join(block.text for block in second.content if block.type == "text")


@every_model
@streamed_or_not
def test_chat_gives_structured_output(stand: Stand, model: str, stream: bool) -> None:
    response_format: Any = {
        "type": "json_schema",
        "json_schema": {"name": "person", "schema": PERSON, "strict": True},
    }
    answer = chat(
        stand,
        stream,
        model=model,
        messages=[{"role": "user", "content": "Somebody, please"}],
        response_format=response_format,
    )

    assert set(json.loads(answer.choices[0].message.content)) == {"name", "age"}
    assert not answer.choices[0].message.tool_calls
    assert answer.choices[0].finish_reason == "stop"


@every_model
@streamed_or_not
def test_messages_give_structured_output(stand: Stand, model: str, stream: bool) -> None:
    answer = message(
        stand,
        stream,
        model=model,
        max_tokens=900,
        messages=[{"role": "user", "content": "Somebody, please"}],
        extra_body={"output_config": {"format": {"type": "json_schema", "schema": PERSON}}},
    )

    text = "".join(block.text for block in answer.content if block.type == "text")
    assert set(json.loads(text)) == {"name", "age"}
    assert answer.stop_reason == "end_turn"


@every_model
def test_a_length_limit_is_told(stand: Stand, model: str) -> None:
    told: Any = [{"role": "user", "content": "[[sim: words 50]] [[sim: length]]"}]
    whole = chat(stand, False, model=model, messages=told)
    chunks = list(stand.openai().chat.completions.create(model=model, messages=told, stream=True))
    messages = [message(stand, stream, model=model, max_tokens=500, messages=told) for stream in (False, True)]

    assert whole.choices[0].finish_reason == "length"
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices][-1] == "length"
    assert [answer.stop_reason for answer in messages] == ["max_tokens", "max_tokens"]


@pytest.mark.parametrize("model", ["gpt-4o", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro"])
def test_stop_sequences_stop(stand: Stand, model: str) -> None:
    told = {"role": "user", "content": "[[sim: say one two three]]"}
    first = chat(stand, False, model=model, messages=[told], stop=["two"])
    second = message(stand, False, model=model, max_tokens=500, messages=[told], stop_sequences=["two"])

    assert first.choices[0].message.content.strip() == "one"
    assert "".join(block.text for block in second.content if block.type == "text").strip() == "one"


@streamed_or_not
@pytest.mark.parametrize(
    "model", ["anthropic--claude-4.5-sonnet", "anthropic--claude-4.6-opus", "gemini-2.5-pro", "gemini-3.5-flash"]
)
def test_thoughts_survive_a_tool_turn_through_chat(stand: Stand, model: str, stream: bool) -> None:
    """SAP refuses altered or missing signatures, so an accepted second turn proves the round trip."""
    messages: list[Any] = [{"role": "user", "content": '[[sim: think 5]] [[sim: call weather {"city": "Rom"}]]'}]
    body: Any = {"model": model, "tools": [OPENAI_TOOL], "reasoning_effort": "high"}
    first = chat(stand, stream, messages=messages, **body)
    assistant = first.choices[0].message
    messages.append(
        {
            "role": "assistant",
            "content": assistant.content,
            "tool_calls": [call.model_dump(include={"id", "type", "function"}) for call in assistant.tool_calls],
        }
    )
    messages.append({"role": "tool", "tool_call_id": assistant.tool_calls[0].id, "content": "15 C"})
    second = chat(stand, stream, messages=messages, **body)

    assert assistant.reasoning_content
    assert "15 C" in second.choices[0].message.content
    assert "signature" in json.dumps(stand.inference_bodies()[-1]).lower()


@streamed_or_not
@pytest.mark.parametrize(
    "model", ["anthropic--claude-4.5-sonnet", "anthropic--claude-4.6-opus", "gemini-2.5-pro", "gemini-3.5-flash"]
)
def test_thoughts_survive_a_tool_turn_through_messages(stand: Stand, model: str, stream: bool) -> None:
    messages: list[Any] = [{"role": "user", "content": '[[sim: think 5]] [[sim: call weather {"city": "Rom"}]]'}]
    body: Any = {
        "model": model,
        "max_tokens": 8000,
        "tools": [ANTHROPIC_TOOL],
        "thinking": {"type": "enabled", "budget_tokens": 2000},
    }
    first = message(stand, stream, messages=messages, **body)
    messages.append(
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in first.content]}
    )
    call = next(block for block in first.content if block.type == "tool_use")
    messages.append(
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "15 C"}]}
    )
    second = message(stand, stream, messages=messages, **body)

    assert any(block.type == "thinking" and block.thinking for block in first.content)
    assert "15 C" in "".join(block.text for block in second.content if block.type == "text")
    assert "signature" in json.dumps(stand.inference_bodies()[-1]).lower()


def test_cached_and_reasoning_tokens_are_counted(stand: Stand) -> None:
    told = {"role": "user", "content": '[[sim: usage {"input": 100, "output": 50, "thinking": 20, "cached": 60}]]'}
    for model in ("gpt-5", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro"):
        first = chat(stand, True, model=model, messages=[told])
        second = message(stand, True, model=model, max_tokens=500, messages=[told])

        assert first.usage.prompt_tokens == 100, model
        assert first.usage.prompt_tokens_details.cached_tokens == 60, model
        assert second.usage.cache_read_input_tokens == 60, model
        assert second.usage.input_tokens + (second.usage.cache_creation_input_tokens or 0) == 40, model


def test_a_switch_of_models_within_one_conversation_works(stand: Stand) -> None:
    """Thoughts signed by one vendor must not reach another."""
    messages: list[Any] = [{"role": "user", "content": '[[sim: think 5]] [[sim: call weather {"city": "Rom"}]]'}]
    body: Any = {
        "max_tokens": 8000,
        "tools": [ANTHROPIC_TOOL],
        "thinking": {"type": "enabled", "budget_tokens": 2000},
    }
    models = (
        "gemini-3.5-flash",
        "anthropic--claude-4.5-sonnet",
        "gpt-5",
        "anthropic--claude-4.6-opus",
        "gemini-2.5-pro",
    )
    for model in models:
        first = message(stand, True, model=model, messages=messages, **body)
        call = next(block for block in first.content if block.type == "tool_use")
        messages.append(
            {"role": "assistant", "content": [item.model_dump(exclude_none=True) for item in first.content]}
        )
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "15 C"}
        messages.append({"role": "user", "content": [result]})
        second = message(stand, True, model=model, messages=messages, **body)
        messages.append(
            {"role": "assistant", "content": [item.model_dump(exclude_none=True) for item in second.content]}
        )
        messages.append({"role": "user", "content": '[[sim: think 5]] [[sim: call weather {"city": "Rom"}]]'})

    assert len(stand.inference_bodies()) == 2 * len(models)
