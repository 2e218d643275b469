"""Chat bodies as Cursor sends them: the Responses API's `input`, flat and free-form tools, Anthropic's parts.

Sources: https://forum.cursor.com/t/159298 and https://docs.litellm.ai/docs/proxy/cursor
"""

import json
from typing import Any

import pytest

from tests.end_to_end.stand import Stand
from tests.end_to_end.test_conversations import CITY, PERSON, png

MODELS = ("gpt-5", "gpt-5.4", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro", "mistralai--mistral-small")
each_model = pytest.mark.parametrize("model", MODELS)

PATCH: Any = {
    "type": "custom",
    "name": "ApplyPatch",
    "description": "Patches files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: begin"},
}
FLAT: Any = {"type": "function", "name": "weather", "description": "d", "parameters": CITY, "strict": False}
NESTED: Any = {"type": "function", "function": {"name": "nested", "description": "d", "parameters": CITY}}
CLAUDES: Any = {"name": "claudes", "description": "d", "input_schema": CITY}
SYSTEM: Any = {"role": "system", "content": "You are an agent."}
AGENT: Any = {
    "stream": True,
    "stream_options": {"include_usage": True},
    "include": ["reasoning.encrypted_content"],
    "reasoning": {"effort": "medium", "summary": "auto"},
    "text": {"verbosity": "low"},
    "store": False,
    "prompt_cache_key": "k",
    "tools": [FLAT, PATCH],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "metadata": {"conversation": "c"},
}
"""What stands around the conversation in agent mode."""


def said(text: str) -> Any:
    return {"role": "user", "content": [{"type": "input_text", "text": text}]}


def ask(stand: Stand, model: str, **body: Any) -> tuple[str, list[Any], str]:
    """Text, calls and finish reason of an answer, put together from its chunks."""
    answer = stand.request("POST", "/v1/chat/completions", {"model": model, **body})
    assert answer.status == 200, answer.body
    if not body.get("stream"):
        choice = answer.json()["choices"][0]
        return (
            choice["message"]["content"] or "",
            choice["message"].get("tool_calls") or [],
            choice["finish_reason"],
        )
    lines = [line[6:] for line in answer.body.decode().split("\n") if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    chunks = [json.loads(line) for line in lines[:-1]]
    assert any(chunk.get("usage") for chunk in chunks)
    calls: list[Any] = []
    text, finish = "", ""
    for chunk in chunks:
        for choice in chunk["choices"]:
            text += choice["delta"].get("content") or ""
            finish = choice.get("finish_reason") or finish
            for piece in choice["delta"].get("tool_calls") or []:
                if piece["index"] == len(calls):
                    calls.append(
                        {"type": piece["type"], "id": piece["id"], "function": {"name": "", "arguments": ""}}
                    )
                for key, value in piece["function"].items():
                    calls[piece["index"]]["function"][key] += value
    return text, calls, finish


def functions(calls: list[Any]) -> list[tuple[str, str, Any]]:
    return [(call["type"], call["function"]["name"], call["function"]["arguments"]) for call in calls]


@each_model
def test_the_agent_calls_tools_and_gets_their_results(stand: Stand, model: str) -> None:
    begun = [SYSTEM, said('[[sim: call ApplyPatch {"input": "*** Begin"}]] [[sim: call weather {"city": "Rom"}]]')]
    _, calls, finish = ask(stand, model, input=begun, **AGENT)
    made = [{"type": "function_call", "call_id": call["id"], **call["function"]} for call in calls]
    results = [{"type": "function_call_output", "call_id": call["id"], "output": "15 C"} for call in calls]
    text, _, _ = ask(stand, model, input=[*begun, *made, *results], **AGENT)

    patch, weather = functions(calls)
    assert patch == ("function", "ApplyPatch", "*** Begin")
    assert (weather[1], json.loads(weather[2])) == ("weather", {"city": "Rom"})
    assert finish == "tool_calls"
    assert "15 C" in text


@each_model
@pytest.mark.parametrize(
    "call",
    [
        {"type": "function_call", "name": "ApplyPatch", "arguments": "*** Begin"},
        {"type": "custom_tool_call", "name": "ApplyPatch", "input": "*** Begin"},
    ],
    ids=lambda call: call["type"],
)
def test_a_free_form_call_comes_home_as_the_model_wrote_it(stand: Stand, model: str, call: Any) -> None:
    result = {"type": f"{call['type']}_output", "call_id": "call_1", "output": "patched"}
    text, _, _ = ask(stand, model, input=[said("a"), {**call, "call_id": "call_1"}, result], **AGENT)

    sent = json.dumps(stand.inference_bodies()[-1]).replace("\\", "").replace(" ", "")
    assert '{"input":"***Begin"}' in sent
    assert "_raw" not in sent
    assert "patched" in text


@each_model
def test_a_picture_and_a_thought_of_the_history(stand: Stand, model: str) -> None:
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{png()}", "detail": "auto"}
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
    answered = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]}
    last = {"role": "user", "content": [{"type": "input_text", "text": "look"}, picture]}
    text, _, _ = ask(stand, model, input=[said("a"), thought, answered, last], **AGENT)

    assert "1 image" in text


@each_model
def test_tools_of_every_shape_stand_beside_each_other(stand: Stand, model: str) -> None:
    wanted = (("nested", '{"city": "a"}'), ("ApplyPatch", '{"input": "b"}'), ("claudes", '{"city": "c"}'))
    question = " ".join(f"[[sim: call {name} {arguments}]]" for name, arguments in wanted)
    messages: list[Any] = [{"role": "user", "content": question}]
    tools = [NESTED, FLAT, PATCH, CLAUDES]
    _, calls, _ = ask(stand, model, messages=messages, tools=tools, tool_choice={"type": "auto"})
    uses = [{"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": {}} for call in calls]
    results = [{"type": "tool_result", "tool_use_id": call["id"], "content": "15 C"} for call in calls]
    messages += [{"role": "assistant", "content": uses}, {"role": "user", "content": results}]
    text, _, _ = ask(stand, model, messages=messages, tools=tools, system=[{"type": "text", "text": "s"}])

    assert [call["function"]["name"] for call in calls] == ["nested", "ApplyPatch", "claudes"]
    assert "15 C" in text


@each_model
@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ({"type": "custom", "name": "ApplyPatch"}, "ApplyPatch"),
        ({"type": "tool", "name": "claudes"}, "claudes"),
        ({"type": "function", "name": "weather"}, "weather"),
        ({"type": "any"}, "nested"),
    ],
)
def test_a_choice_of_every_shape_is_kept(stand: Stand, model: str, choice: Any, name: str) -> None:
    _, calls, _ = ask(stand, model, input="hello", tools=[NESTED, FLAT, PATCH, CLAUDES], tool_choice=choice)

    assert [call["function"]["name"] for call in calls] == [name]


@each_model
def test_structured_output_and_length_by_their_other_names(stand: Stand, model: str) -> None:
    wanted = {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}
    text, _, _ = ask(stand, model, input="who?", text={"format": wanted}, max_output_tokens=2000)
    _, _, finish = ask(stand, model, input="[[sim: words 500]]", max_output_tokens=20)

    assert json.loads(text).keys() == {"name", "age"}
    assert finish == "length"


@each_model
def test_an_earlier_response_cannot_be_gone_on_from(stand: Stand, model: str) -> None:
    body = {"model": model, "input": "a", "previous_response_id": "resp_1"}
    answer = stand.request("POST", "/v1/chat/completions", body)

    assert (answer.status, answer.json()["error"]["param"]) == (400, "previous_response_id")
    assert stand.inference_bodies() == []
