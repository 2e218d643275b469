"""Every wrong value at every place of a body that is no chat and no message: a 400 that names the field, no call.

Google's wire towards Gemini is not among them: what the native route does not edit is SAP's to refuse.
"""

from typing import Any

import pytest

from tests.end_to_end.stand import Answer, Stand
from tests.end_to_end.test_bad_input import ABSENT, MESSAGES_BODY, PICTURE, changed, places, written

WRONG: tuple[Any, ...] = (ABSENT, None, -1, 10**30, 1.5, "", "x", True, [], {}, [1], [None], {"a": 1}, "\ud800")
EMBEDDINGS = {
    "input": ["a", "b"],
    "encoding_format": "float",
    "user": "u",
    "input_type": "query",
    "task_type": "RETRIEVAL_QUERY",
    "truncate": "END",
    "title": "t",
}
GEMINI_CONTENT: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "s"}]},
    "contents": [
        {
            "role": "user",
            "parts": [
                {"text": "hi"},
                {"inlineData": {"mimeType": "image/png", "data": PICTURE.partition(",")[2]}},
            ],
        },
        {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "B"}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "weather", "response": {"result": "15"}}}]},
    ],
    "tools": [{"functionDeclarations": [{"name": "weather", "description": "d"}]}],
    "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
    "generationConfig": {"maxOutputTokens": 4000, "candidateCount": 1, "thinkingConfig": {"includeThoughts": True}},
    "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"}],
}
EMBED_CONTENT: dict[str, Any] = {
    "content": {"role": "user", "parts": [{"text": "a"}]},
    "taskType": "CLUSTERING",
    "title": "t",
    "autoTruncate": True,
}
COUNTED = {key: MESSAGES_BODY[key] for key in ("system", "messages", "tools", "tool_choice", "thinking")}
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "azure vectors": ("/v1/embeddings", {"model": "text-embedding-3-small", **EMBEDDINGS}),
    "titan vectors": ("/v1/embeddings", {"model": "amazon--titan-embed-text", **EMBEDDINGS}),
    "gemini vectors": ("/v1/embeddings", {"model": "gemini-embedding", **EMBEDDINGS}),
    "nvidia vectors": ("/v1/embeddings", {"model": "nvidia--llama-3.2-nv-embedqa-1b", **EMBEDDINGS}),
    "google vectors": ("/v1beta/models/gemini-embedding:embedContent", EMBED_CONTENT),
    "google batch": (
        "/v1beta/models/gemini-embedding:batchEmbedContents",
        {"requests": [{"model": "models/gemini-embedding", **EMBED_CONTENT}] * 2},
    ),
    "count": ("/v1/messages/count_tokens", {"model": "claude-sonnet-4-5", **COUNTED}),
    "google count": ("/v1beta/models/gemini-2.5-pro:countTokens", GEMINI_CONTENT),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_wrong_value_is_taken_or_named(stand: Stand, name: str) -> None:
    path, template = BODIES[name]
    assert stand.request("POST", path, template).status == 200

    for place in places(template):
        for wrong in WRONG:
            stand.reset()
            answer = stand.request("POST", path, changed(template, place, wrong))
            told = f"{written(place)} = {wrong!r}: {answer.status} {answer.body[:200]!r}"
            if answer.status == 400:
                assert field_of(answer).startswith(str(place[0])), told
                assert stand.inference_bodies() == [], told
            else:
                assert answer.status == 200 or (answer.status, place) == (404, ("model",)), told


def field_of(answer: Answer) -> str:
    """What the error names, in each dialect's own way."""
    error = answer.json()["error"]
    if error.get("param"):
        return str(error["param"])
    if details := error.get("details"):
        return str(details[0]["fieldViolations"][0]["field"])
    return str(error["message"]).lstrip("`")
