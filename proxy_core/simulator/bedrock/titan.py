"""Amazon Titan text embeddings by `/invoke`: one text a call."""

import json
from typing import Any

from proxy_core.simulator.exchange import Answer, Call, json_answer
from proxy_core.simulator.mind.brain import count_tokens
from proxy_core.simulator.vectors import embed

__all__ = ["handle"]

KNOWN = ("inputText", "dimensions", "normalize", "embeddingTypes", "inputImage", "embeddingConfig")
SIZES = (256, 512, 1_024)


def handle(call: Call) -> Answer:
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError):
        body = None
    fault = fault_of(body)
    if fault is not None:
        text = f"Malformed input request: {fault}, please reformat your input and try again."
        kind = "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/"
        return json_answer(400, {"message": text}, {"x-amzn-errortype": kind})
    text = body["inputText"]
    vector = embed(text, body.get("dimensions", SIZES[-1]))
    return json_answer(
        200,
        {
            "embedding": vector,
            "embeddingsByType": {"float": vector},
            "inputTextTokenCount": max(1, count_tokens(text)),
        },
    )


def fault_of(body: Any) -> str | None:
    """What is wrong with a body, in the words of the real service."""
    if not isinstance(body, dict):
        return "#: expected type: JSONObject"
    if unknown := next((key for key in body if key not in KNOWN), None):
        return f"#: extraneous key [{unknown}] is not permitted"
    if "inputText" not in body:
        return "#: required key [inputText] not found"
    if not isinstance(body["inputText"], str):
        return f"#/inputText: expected type: String, found: {type(body['inputText']).__name__}"
    if not body["inputText"]:
        return "#/inputText: expected minLength: 1, actual: 0"
    if body.get("dimensions", SIZES[-1]) not in SIZES:
        return f"#/dimensions: {body['dimensions']} is not a valid enum value"
    return None
