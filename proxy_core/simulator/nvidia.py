"""NVIDIA's retrieval model on `/embeddings`: OpenAI's shape, which insists on the kind of the texts."""

import json
from typing import Any

from proxy_core.simulator.exchange import Answer, Call, json_answer
from proxy_core.simulator.mind.token_count import count_tokens
from proxy_core.simulator.vectors import embed

__all__ = ["handle"]

KNOWN = ("input", "model", "input_type", "encoding_format", "truncate", "dimensions", "user", "modality")
SIZES = (384, 512, 768, 1024, 2048)


def handle(call: Call) -> Answer:
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError):
        body = None
    fault = fault_of(body)
    if fault is not None:
        return json_answer(400, {"object": "error", "message": fault, "type": "invalid_request_error"})
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    size = body.get("dimensions", SIZES[-1])
    used = sum(count_tokens(text) for text in texts)
    data = [
        {"object": "embedding", "index": index, "embedding": embed(f"{body['input_type']}: {text}", size)}
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": used, "total_tokens": used}
    return json_answer(200, {"object": "list", "data": data, "model": body["model"], "usage": usage})


def fault_of(body: Any) -> str | None:
    """What is wrong with a body."""
    if not isinstance(body, dict):
        return "The body is not a JSON object."
    if unknown := next((key for key in body if key not in KNOWN), None):
        return f"{unknown}: Extra inputs are not permitted"
    texts = body.get("input")
    if not isinstance(texts, str) and not (
        isinstance(texts, list) and all(isinstance(text, str) for text in texts)
    ):
        return "input: Input should be a valid string or list of strings"
    if not isinstance(body.get("model"), str):
        return "model: Field required"
    if body.get("input_type") not in ("query", "passage"):
        return "'input_type' parameter is required for asymmetric models"
    if body.get("truncate", "NONE") not in ("NONE", "START", "END"):
        return "truncate: Input should be 'NONE', 'START' or 'END'"
    if body.get("dimensions", SIZES[-1]) not in SIZES:
        return f"dimensions: Input should be one of {SIZES}"
    return None
