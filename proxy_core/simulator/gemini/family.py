"""Gemini on Vertex: `generateContent`, `streamGenerateContent`, and `predict` for the embedding model.

Errors of a stream asked for without `alt=sse` come as a list of one, as Vertex's array streams do.
"""

import json
from collections.abc import Iterator
from typing import Any

from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer, text_answer
from proxy_core.simulator.gemini.answer import GeminiAnswer
from proxy_core.simulator.gemini.conversation import decode_conversation
from proxy_core.simulator.gemini.models import gemini_model
from proxy_core.simulator.gemini.validation import decode_generate, decode_predict
from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.mind.token_count import count_tokens
from proxy_core.simulator.validation.proto_words import field_path
from proxy_core.simulator.validation.shapes import RefusalError
from proxy_core.simulator.vectors import embed

__all__ = ["handle"]

_DIMENSIONS = 3072
_MOST_TOKENS = 2048


def handle(call: Call) -> Answer | Stream:
    """Answer one call; refusals carry Vertex's own texts."""
    model, _, action = call.path.removeprefix("/models/").partition(":")
    if call.method != "POST" or not call.path.startswith("/models/"):
        return text_answer(404, "")
    if model != call.deployment.model:
        return _error(call, 404, "NOT_FOUND", RefusalError(f"Publisher Model `{model}` was not found."))
    try:
        match action:
            case "generateContent":
                return json_answer(200, _answer(call).whole())
            case "streamGenerateContent":
                return Stream(_frames(_answer(call)))
            case "predict" if "embedding" in model:
                return json_answer(200, {"predictions": _predictions(call)})
            case _:
                return text_answer(404, "")
    except RefusalError as refusal:
        return _error(call, 400, "INVALID_ARGUMENT", refusal)


def _answer(call: Call) -> GeminiAnswer:
    model = gemini_model(call.deployment.model)
    if "embedding" in model.name:
        raise RefusalError(f"{model.name} is not supported in the generateContent API.")
    body = decode_generate(call.body, model)
    thinking = body.get("generation_config", {}).get("thinking_config", {})
    decided = plan(decode_conversation(body, model))
    return GeminiAnswer(decided, call.body, model, thinking.get("include_thoughts", False))


def _frames(answer: GeminiAnswer) -> Iterator[bytes]:
    for frame in answer.frames():
        yield b"data: " + json.dumps(frame, ensure_ascii=False, separators=(",", ": ")).encode() + b"\r\n\r\n"


def _error(call: Call, code: int, status: str, refusal: RefusalError) -> Answer:
    error: dict[str, Any] = {"code": code, "message": refusal.message, "status": status}
    if refusal.path:
        violation = {"field": field_path(refusal.path), "description": refusal.message}
        details = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
        error["details"] = [details]
    streams_array = call.path.endswith(":streamGenerateContent") and call.query.get("alt") != "sse"
    return json_answer(code, [{"error": error}] if streams_array else {"error": error})


def _predictions(call: Call) -> list[dict[str, Any]]:
    body = decode_predict(call.body)
    dimensions = body.get("parameters", {}).get("outputDimensionality", _DIMENSIONS)
    if not 1 <= dimensions <= _DIMENSIONS:
        raise RefusalError(f"outputDimensionality must be between 1 and {_DIMENSIONS}.")
    return [_prediction(instance["content"], dimensions) for instance in body["instances"]]


def _prediction(text: str, dimensions: int) -> dict[str, Any]:
    tokens = count_tokens(text)
    statistics = {"token_count": min(tokens, _MOST_TOKENS), "truncated": tokens > _MOST_TOKENS}
    return {"embeddings": {"values": embed(text, dimensions), "statistics": statistics}}
