"""Types that Google never takes, told at their place before anything is sent."""

from typing import Any

import pytest

from proxy_core.errors import ClientError
from proxy_core.upstream_families.gemini.body_types import check_types


def part(**fields: Any) -> Any:
    return {"contents": [{"role": "user", "parts": [{"text": "hi"}, fields]}]}


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        ({"contents": "hi"}, "contents", "an object"),
        ({"contents": [{"role": 1}]}, "contents[0].role", "a string"),
        ({"contents": [{"parts": ["hi"]}]}, "contents[0].parts[0]", "an object"),
        (part(text=5), "contents[0].parts[1].text", "a string"),
        (part(thought="yes"), "contents[0].parts[1].thought", "true or false"),
        (part(inlineData=[]), "contents[0].parts[1].inlineData", "an object"),
        (part(inline_data={"mime_type": 5}), "contents[0].parts[1].inline_data.mime_type", "a string"),
        (part(functionCall={"name": "f", "args": "x"}), "contents[0].parts[1].functionCall.args", "an object"),
        (part(functionResponse={"response": "x"}), "contents[0].parts[1].functionResponse.response", "an object"),
        ({"systemInstruction": "be kind"}, "systemInstruction", "an object"),
        ({"tools": "weather"}, "tools", "an object"),
        ({"tools": [{"functionDeclarations": [{"name": 5}]}]}, "tools[0].functionDeclarations[0].name", "a string"),
        ({"toolConfig": []}, "toolConfig", "an object"),
        ({"safetySettings": [5]}, "safetySettings[0]", "an object"),
        ({"generation_config": 5}, "generation_config", "an object"),
        ({"generationConfig": {"temperature": "hot"}}, "generationConfig.temperature", "a number"),
        ({"generationConfig": {"max_output_tokens": True}}, "generationConfig.max_output_tokens", "a number"),
        ({"generationConfig": {"topK": []}}, "generationConfig.topK", "a number"),
        (
            {"generationConfig": {"thinkingConfig": {"includeThoughts": 1}}},
            "generationConfig.thinkingConfig.includeThoughts",
            "true or false",
        ),
    ],
)
def test_a_wrong_type_is_told_at_its_place(body: Any, path: str, expected: str) -> None:
    with pytest.raises(ClientError) as failure:
        check_types(body)

    assert failure.value.param == path
    assert failure.value.message == f"`{path}` must be {expected}."


@pytest.mark.parametrize(
    "body",
    [
        {"contents": {"parts": {"text": "hi"}}},
        {"contents": None, "tools": None, "generationConfig": {"temperature": None}},
        {"tools": {"functionDeclarations": {"name": "f"}}},
        {"tools": [{"googleSearch": {}}], "novel": [1], "cachedContent": "c"},
        {"generationConfig": {"temperature": "0.5", "maxOutputTokens": "100", "logprobs": 3}},
        {"toolConfig": {"functionCallingConfig": {"mode": 1}}},
    ],
)
def test_what_google_takes_passes(body: Any) -> None:
    check_types(body)
