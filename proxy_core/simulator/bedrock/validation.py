"""Bytes of a Claude `/invoke` call to a body that obeys every rule, or the service's refusal."""

from collections.abc import Mapping
from typing import Any

from proxy_core.simulator.bedrock.models import BedrockModel
from proxy_core.simulator.bedrock.option_rules import (
    check_betas,
    check_limits,
    check_sampling,
    check_thinking,
    check_tools,
)
from proxy_core.simulator.bedrock.schema import BODY
from proxy_core.simulator.bedrock.turn_rules import blocks_of, check_text, check_turns
from proxy_core.simulator.mind.token_count import count_tokens
from proxy_core.simulator.validation.json_body import NotAnObjectError, NotUnicodeError, read_object
from proxy_core.simulator.validation.pydantic_words import PydanticWords
from proxy_core.simulator.validation.shapes import RefusalError, check

__all__ = ["check_claude_body", "input_tokens_of", "parse_object"]

_MALFORMED = "Malformed input request, please reformat your input and try again."


def parse_object(body: bytes) -> dict[str, Any]:
    """Raises `RefusalError` for anything but one JSON object."""
    try:
        return read_object(body)
    except NotAnObjectError:
        raise RefusalError(_MALFORMED) from None
    except NotUnicodeError:
        raise RefusalError("The request body is not valid JSON: no low surrogate in string") from None


def input_tokens_of(body: Mapping[str, Any]) -> int:
    return count_tokens(body.get("system", ""), body.get("tools", []), body["messages"])


def check_claude_body(body: Mapping[str, Any], model: BedrockModel) -> None:
    """Every rule in turn, as the real service does: the shape first, then what needs two fields."""
    check(BODY, body, PydanticWords())
    check_betas(body, model)
    check_thinking(body, model)
    check_sampling(body, model)
    check_tools(body)
    for block in blocks_of(body.get("system", [])):
        check_text("system", block["text"])
    check_turns(body, model)
    check_limits(body, model, input_tokens_of(body))
