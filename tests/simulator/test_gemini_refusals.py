"""The simulated Gemini refuses what Vertex refuses, in its words."""

import json
from typing import Any

import pytest

from proxy_core.simulator.exchange import Answer
from tests.simulator.awkward import awkward_bodies
from tests.simulator.gemini_calls import (
    FLASH_25,
    FLASH_35,
    HELLO,
    PRO_25,
    TOOLS,
    WEATHER,
    asking,
    generate,
    parts,
    refusal,
    respond,
)

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CALL = {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "Berlin"}}}]}
RESULT = {"functionResponse": {"name": "weather", "response": {"result": "15 C"}}}


def user(*found: Any) -> dict[str, Any]:
    return {"role": "user", "parts": list(found)}


def with_parameters(parameters: Any) -> dict[str, Any]:
    return {"tools": [{"functionDeclarations": [{"name": "weather", "parameters": parameters}]}]}


def with_config(**config: Any) -> dict[str, Any]:
    return {"generationConfig": config}


AT = "'tools[0].function_declarations[0].parameters"
SHAPE = [
    ({"model": "gemini"}, 'Invalid JSON payload received. Unknown name "model": Cannot find field.'),
    ({"stream": True}, 'Invalid JSON payload received. Unknown name "stream": Cannot find field.'),
    (
        {"contents": [HELLO, CALL, user({"functionResponse": {**RESULT["functionResponse"], "id": "1"}})]},
        (
            "Invalid JSON payload received. Unknown name \"id\" at 'contents[2].parts[0].function_response': "
            "Cannot find field."
        ),
    ),
    (
        with_parameters({"type": "object", "properties": {"a": {"type": "string", "const": "x"}}}),
        f'Invalid JSON payload received. Unknown name "const" at {AT}.properties[0].value\': Cannot find field.',
    ),
    (
        with_parameters({"type": "object", "$schema": "x"}),
        f'Invalid JSON payload received. Unknown name "$schema" at {AT}\': Cannot find field.',
    ),
    (
        with_parameters({"type": "object", "properties": {"a": {"type": ["string", "null"]}}}),
        (
            f'Invalid JSON payload received. Unknown name "type" at {AT}.properties[0].value\': '
            "Proto field is not repeating, cannot start list."
        ),
    ),
    (
        with_parameters({"type": "object", "properties": {"a": {"type": "integer", "enum": [1, 2]}}}),
        f"Invalid value at {AT}.properties[0].value.enum[0]' (TYPE_STRING), 1",
    ),
    (
        {"contents": [HELLO, CALL, user({"functionResponse": {"name": "weather", "response": "15 C"}})]},
        (
            "Invalid value at 'contents[2].parts[0].function_response.response' "
            '(type.googleapis.com/google.protobuf.Struct), "15 C"'
        ),
    ),
    (
        {"toolConfig": {"functionCallingConfig": {"mode": "SOME"}}},
        (
            "Invalid value at 'tool_config.function_calling_config.mode' "
            '(type.googleapis.com/google.cloud.aiplatform.v1.FunctionCallingConfig.Mode), "SOME"'
        ),
    ),
    (
        with_config(thinking={}),
        "Invalid JSON payload received. Unknown name \"thinking\" at 'generation_config': Cannot find field.",
    ),
]


@pytest.mark.parametrize(("changes", "words"), SHAPE)
def test_a_wrong_shape_is_refused_in_the_parsers_words(changes: dict[str, Any], words: str) -> None:
    assert refusal(asking("Hello", **changes)) == words


def test_a_wrong_shape_names_the_field_in_the_details() -> None:
    answer = respond(asking("Hello", generationConfig={"topP": "x"}))
    assert isinstance(answer, Answer)

    details = json.loads(answer.body)["error"]["details"][0]
    assert details["fieldViolations"][0]["field"] == "generation_config.top_p"


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    assert refusal(body).startswith("Invalid JSON payload received.")


ANY_DECLARED = with_parameters({"type": "object", "properties": {"a": {"type": "integer", "enum": ["1"]}}})
RULES = [
    (FLASH_25, with_config(thinkingConfig={"thinkingLevel": "LOW"}), "Thinking level is not supported"),
    (FLASH_35, with_config(thinkingConfig={"thinkingBudget": 1024}), "Thinking budget is not supported"),
    (
        FLASH_25,
        with_config(thinkingConfig={"thinkingBudget": 1, "thinkingLevel": "LOW"}),
        "You can only set only one",
    ),
    (FLASH_25, with_config(thinkingConfig={"thinkingBudget": 30_000}), "The thinking budget 30000 is invalid."),
    (
        PRO_25,
        with_config(thinkingConfig={"thinkingBudget": 100}),
        "The thinking budget 100 is invalid. Please choose a",
    ),
    (PRO_25, with_config(thinkingConfig={"thinkingBudget": 0}), "Budget 0 is invalid. This model only works in"),
    ("gemini-2.5-flash-lite", with_config(thinkingConfig={"thinkingBudget": 100}), "The thinking budget 100 is"),
    (
        FLASH_25,
        {"tools": TOOLS, **with_config(responseMimeType="application/json")},
        "Function calling with a response mime type: 'application/json' is unsupported",
    ),
    (FLASH_25, with_config(responseJsonSchema={"type": "object"}), "Response schema with mime type: 'text/plain'"),
    (FLASH_25, with_config(temperature=3), "Unable to submit request because it has a temperature value of 3"),
    (
        FLASH_25,
        with_config(maxOutputTokens=100_000),
        "Unable to submit request because it has a maxOutputTokens value",
    ),
    (
        FLASH_25,
        with_config(stopSequences=list("abcdef")),
        "Unable to submit request because it has 6 stop sequences",
    ),
    (
        FLASH_25,
        ANY_DECLARED,
        "Unable to submit request because `weather` functionDeclaration `parameters.a` schema",
    ),
    (
        FLASH_25,
        with_parameters({"type": "string"}),
        "Unable to submit request because `weather` functionDeclaration par",
    ),
    (FLASH_25, {"tools": [{"functionDeclarations": [{"name": "1st"}]}]}, "Invalid function name."),
    (FLASH_25, {"tools": [{"functionDeclarations": [WEATHER, WEATHER]}]}, "Duplicate function declaration found"),
    (
        FLASH_25,
        {"tools": TOOLS, "toolConfig": {"functionCallingConfig": {"allowedFunctionNames": ["weather"]}}},
        "Unable to submit request because allowed_function_names should only be set when the mode is ANY",
    ),
    (FLASH_25, {"contents": []}, "Unable to submit request because at least one contents field is required."),
    (
        FLASH_25,
        {"contents": [user({"text": ""})]},
        "Unable to submit request because it has an empty text parameter.",
    ),
    (
        FLASH_25,
        {"contents": [HELLO, HELLO]},
        "Please ensure that multiturn requests alternate between user and model.",
    ),
    (
        FLASH_25,
        {"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]},
        "Please use a valid role: user, model.",
    ),
    (
        FLASH_25,
        {"contents": [HELLO, CALL, user(RESULT, RESULT)]},
        "Please ensure that the number of function response parts is equal to the number of function call parts",
    ),
    (
        FLASH_25,
        {"contents": [HELLO, CALL, user({"text": "and?"})]},
        "Please ensure that the number of function response",
    ),
    (FLASH_25, {"contents": [user(RESULT)]}, "Please ensure that function response turn comes immediately after a"),
    (
        FLASH_35,
        {"contents": [HELLO, CALL, user(RESULT)]},
        "Unable to submit request because function call `weather` in the 2. content block is missing a",
    ),
    (
        FLASH_25,
        {"contents": [user({"text": "a", "inlineData": {}})]},
        "Invalid value at 'contents[0].parts[0]' (oneof)",
    ),
    (
        FLASH_25,
        {"contents": [user({"inlineData": {"mimeType": "image/gif", "data": PNG}})]},
        "Unable to submit request because it has a mimeType parameter with value image/gif",
    ),
    (
        FLASH_25,
        {"contents": [user({"inlineData": {"mimeType": "image/png", "data": "aGVsbG8="}})]},
        "Unable to process input image.",
    ),
]


@pytest.mark.parametrize(("model", "changes", "words"), RULES)
def test_a_broken_rule_is_refused_in_vertex_words(model: str, changes: dict[str, Any], words: str) -> None:
    assert refusal(asking("Hello", **changes), model).startswith(words)


ACCEPTED = [
    (FLASH_25, with_config(thinkingConfig={"thinkingBudget": 0})),
    (FLASH_25, with_config(thinkingConfig={"thinkingBudget": -1, "includeThoughts": True})),
    (FLASH_35, with_config(thinkingConfig={"thinkingLevel": "low"})),
    (FLASH_35, {"tools": TOOLS, **with_config(responseMimeType="application/json")}),
    (
        FLASH_25,
        {"generation_config": {"max_output_tokens": 100}, "safety_settings": {"category": "x", "threshold": "y"}},
    ),
    (FLASH_25, {"contents": {"parts": {"text": "Hello"}}, "tools": TOOLS[0]}),
    (FLASH_25, {"contents": [HELLO, CALL, user(RESULT)], "tools": TOOLS}),
    (FLASH_25, with_parameters({"type": "OBJECT", "properties": {}})),
]


@pytest.mark.parametrize(("model", "changes"), ACCEPTED)
def test_good_bodies_are_accepted(model: str, changes: dict[str, Any]) -> None:
    assert generate(asking("Hello", **changes), model)["candidates"]


def history(model: str, signature: str | None = None) -> list[dict[str, Any]]:
    """A tool turn with the model's own call, its signature changed where asked."""
    body = asking("weather in Berlin?", tools=TOOLS)
    found = [part for part in parts(body, model) if "functionCall" in part]
    if signature is not None:
        found[0]["thoughtSignature"] = signature
    return [*body["contents"], {"role": "model", "parts": found}, user(RESULT)]


@pytest.mark.parametrize("model", [FLASH_25, FLASH_35])
def test_own_signatures_come_back(model: str) -> None:
    assert generate({"contents": history(model), "tools": TOOLS}, model)["candidates"]


@pytest.mark.parametrize("model", [FLASH_25, FLASH_35])
def test_a_foreign_signature_is_refused(model: str) -> None:
    body = {"contents": history(model, "Cs4BZm9yZWlnbg=="), "tools": TOOLS}

    assert refusal(body, model) == "Thought signature is not valid."


def test_the_known_placeholder_passes_for_a_signature() -> None:
    body = {"contents": history(FLASH_35, "skip_thought_signature_validator"), "tools": TOOLS}

    assert generate(body, FLASH_35)["candidates"]


def test_old_turns_need_no_signature() -> None:
    contents = [HELLO, CALL, user(RESULT), {"role": "model", "parts": [{"text": "15 C"}]}, HELLO]

    assert generate({"contents": contents, "tools": TOOLS}, FLASH_35)["candidates"]


def test_images_in_function_responses_are_for_gemini_3() -> None:
    image = {"inlineData": {"mimeType": "image/png", "data": PNG}}
    result = user({"functionResponse": {**RESULT["functionResponse"], "parts": [image]}})

    assert generate({"contents": [*history(FLASH_35)[:-1], result], "tools": TOOLS}, FLASH_35)["candidates"]
    assert "multimodal function response" in refusal({"contents": [*history(FLASH_25)[:-1], result]}, FLASH_25)


def test_a_stream_without_alt_gives_its_error_as_a_list() -> None:
    plain = respond({"contents": []}, action="streamGenerateContent")
    sse = respond({"contents": []}, action="streamGenerateContent", query={"alt": "sse"})
    assert isinstance(plain, Answer)
    assert isinstance(sse, Answer)

    assert json.loads(plain.body)[0]["error"]["code"] == 400
    assert json.loads(sse.body)["error"]["code"] == 400


GOOD = {
    "contents": [HELLO, CALL, user(RESULT)],
    "systemInstruction": {"parts": [{"text": "s"}]},
    "tools": [
        {"functionDeclarations": [WEATHER, {"name": "b", "parameters": {"type": "object", "properties": {}}}]}
    ],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}},
    "generationConfig": {"maxOutputTokens": 100, "stopSequences": ["q"], "thinkingConfig": {"thinkingBudget": -1}},
}


def test_every_awkward_body_is_answered_or_refused() -> None:
    answers = [respond(body) for body in awkward_bodies(GOOD)]

    assert {answer.status for answer in answers if isinstance(answer, Answer)} == {200, 400}
