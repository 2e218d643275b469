"""Bodies of Google's clients to neutral requests.

Each `tests/golden/gemini_generate_content/requests/*.json` holds a `request` and what is read from it: `decoded`.
Write `decoded` anew with `python -m tests.client_dialects.test_gemini_requests` and read the difference.
"""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from proxy_core.client_dialects.gemini_generate_content import GeminiGenerateContent
from proxy_core.errors import ClientError

GOLDEN = Path(__file__).parents[1] / "golden" / "gemini_generate_content" / "requests"
CASES = sorted(path.stem for path in GOLDEN.glob("*.json"))
DIALECT = GeminiGenerateContent()
USER = {"role": "user", "parts": [{"text": "hi"}]}


def plain(value: Any) -> Any:
    """A neutral value as JSON, without the fields that say nothing."""
    if is_dataclass(value):
        kind = {"kind_": type(value).__name__} if type(value).__name__.endswith("Part") else {}
        return kind | {
            f.name: plain(v) for f in fields(value) if (v := getattr(value, f.name)) not in (None, "", (), {})
        }
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return dict(value) if hasattr(value, "keys") else value


def load(name: str) -> dict[str, Any]:
    case: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
    return case


@pytest.mark.parametrize("name", CASES)
def test_request_is_read(name: str) -> None:
    case = load(name)

    assert plain(DIALECT.decode_request(case["request"], {})) == case["decoded"]


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"contents": None}, "contents"),
        ({"contents": []}, "contents"),
        ({"contents": 5}, "contents"),
        ({"contents": [5]}, "contents[0]"),
        ({"contents": [{"role": "robot", "parts": []}]}, "contents[0].role"),
        ({"contents": [{"role": "user", "parts": 5}]}, "contents[0].parts"),
        ({"contents": [{"role": "user", "parts": [5]}]}, "contents[0].parts[0]"),
        ({"contents": [{"parts": [{"text": 5}]}]}, "contents[0].parts[0].text"),
        ({"contents": [{"parts": [{"inlineData": {"data": "x"}}]}]}, "contents[0].parts[0].inlineData.mimeType"),
        ({"contents": [{"parts": [{"inline_data": {}}]}]}, "contents[0].parts[0].inline_data.mimeType"),
        ({"contents": [{"parts": [{"fileData": {}}]}]}, "contents[0].parts[0].fileData.fileUri"),
        ({"contents": [{"parts": [{"functionCall": {}}]}]}, "contents[0].parts[0].functionCall.name"),
        (
            {"contents": [{"parts": [{"functionCall": {"name": "f", "args": []}}]}]},
            "contents[0].parts[0].functionCall.args",
        ),
        (
            {"contents": [{"parts": [{"functionResponse": {"name": "f"}}]}]},
            "contents[0].parts[0].functionResponse",
        ),
        ({"contents": [{"parts": [{"novelty": 1}]}]}, "contents[0].parts[0].novelty"),
        ({"contents": [{"parts": [{"inlineData": {"mimeType": "video/mp4", "data": "x"}}]}]}, "contents"),
        ({"systemInstruction": 5}, "systemInstruction"),
        (
            {"systemInstruction": {"parts": [{"inlineData": {"mimeType": "image/png", "data": "x"}}]}},
            "systemInstruction.parts",
        ),
        ({"tools": 5}, "tools"),
        ({"tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
        (
            {"tools": [{"functionDeclarations": [{"name": "f", "parameters": 5}]}]},
            "tools[0].functionDeclarations[0].parameters",
        ),
        (
            {
                "tools": [{"functionDeclarations": [{"name": "f"}]}],
                "toolConfig": {"functionCallingConfig": {"mode": "SOMETIMES"}},
            },
            "toolConfig.functionCallingConfig.mode",
        ),
        ({"generationConfig": 5}, "generationConfig"),
        ({"generationConfig": {"temperature": "hot"}}, "generationConfig.temperature"),
        ({"generation_config": {"max_output_tokens": 0}}, "generation_config.max_output_tokens"),
        ({"generationConfig": {"maxOutputTokens": 1.5}}, "generationConfig.maxOutputTokens"),
        ({"generationConfig": {"candidateCount": 2}}, "generationConfig.candidateCount"),
        ({"generationConfig": {"stopSequences": [5]}}, "generationConfig.stopSequences"),
        ({"generationConfig": {"thinkingConfig": 5}}, "generationConfig.thinkingConfig"),
        (
            {"generationConfig": {"thinkingConfig": {"includeThoughts": "yes"}}},
            "generationConfig.thinkingConfig.includeThoughts",
        ),
        ({"cachedContent": "cachedContents/1"}, "cachedContent"),
        ({"model": None}, "model"),
    ],
)
def test_a_bad_field_is_named(changes: dict[str, Any], param: str) -> None:
    body = {"model": "m", "stream": False, "contents": [USER], **changes}

    with pytest.raises(ClientError) as failure:
        DIALECT.decode_request(body, {})

    assert (failure.value.status, failure.value.param) == (400, param)


def main() -> None:
    for name in CASES:
        case = load(name)
        case["decoded"] = plain(DIALECT.decode_request(case["request"], {}))
        (GOLDEN / f"{name}.json").write_text(json.dumps(case, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
