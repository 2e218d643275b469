"""Bytes of a Gemini call to a checked body in snake_case, or Vertex's refusal."""

from collections.abc import Mapping
from typing import Any

from proxy_core.simulator.gemini.models import GeminiModel
from proxy_core.simulator.gemini.option_rules import check_generation, check_tools
from proxy_core.simulator.gemini.schema import BODY, PREDICT_BODY
from proxy_core.simulator.gemini.turn_rules import check_contents
from proxy_core.simulator.mind.token_count import count_tokens
from proxy_core.simulator.validation.json_body import NotAnObjectError, NotUnicodeError, read_object
from proxy_core.simulator.validation.proto_words import ProtoWords, normalised
from proxy_core.simulator.validation.shapes import Obj, RefusalError, check

__all__ = ["decode_generate", "decode_predict", "input_tokens_of"]


def _decode(raw: bytes, shape: Obj) -> dict[str, Any]:
    try:
        parsed = read_object(raw)
    except (NotAnObjectError, NotUnicodeError):
        raise RefusalError("Invalid JSON payload received. Unexpected token.") from None
    body: dict[str, Any] = normalised(shape, parsed)
    check(shape, body, ProtoWords())
    return body


def decode_generate(raw: bytes, model: GeminiModel) -> dict[str, Any]:
    """The checked body of `generateContent`, all names in snake_case."""
    body = _decode(raw, BODY)
    check_contents(body, model)
    check_tools(body)
    check_generation(body, model)
    tokens = input_tokens_of(body)
    if tokens > model.context:
        raise RefusalError(
            f"The input token count ({tokens}) exceeds the maximum number of tokens allowed ({model.context})."
        )
    return body


def input_tokens_of(body: Mapping[str, Any]) -> int:
    return count_tokens(body.get("system_instruction", {}), body.get("tools", []), body["contents"])


def decode_predict(raw: bytes) -> dict[str, Any]:
    """The checked body of an embedding's `predict`."""
    return _decode(raw, PREDICT_BODY)
