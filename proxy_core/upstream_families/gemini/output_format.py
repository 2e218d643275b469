"""Structured output for Gemini: fields of `generationConfig`, or an instruction where tools exclude them."""

from dataclasses import dataclass, field

from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.messages import ChatRequest, ResponseFormat
from proxy_core.upstream_families.base import Target
from proxy_core.upstream_families.gemini.schema import encode_openapi_schema
from proxy_core.wire.gemini import Wire

__all__ = ["OutputFormat", "encode_output_format"]

_JSON = "When you give your final answer, write one JSON value and nothing else: no text around it, no code fence."


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """`config` goes into `generationConfig`, `instruction` to the end of the system instruction."""

    config: Wire = field(default_factory=dict)
    instruction: str = ""


def encode_output_format(request: ChatRequest, target: Target, notes: list[Diagnostic]) -> OutputFormat:
    """Gemini 2 refuses a JSON answer format together with tools: the model is told in words then."""
    wanted = request.response_format
    if wanted is None:
        return OutputFormat()
    if request.tools and not target.capabilities.tools_with_json_output:
        reason = f"{target.model} takes no output format beside tools: the model is told in words"
        notes.append(Diagnostic("response_format", reason, Action.CHANGED))
        return OutputFormat(instruction=_instruction(wanted))
    return OutputFormat(
        {"responseMimeType": "application/json", **_schema_field(wanted.schema, target.capabilities.json_schema)}
    )


def _schema_field(schema: JsonObject | None, takes_json_schema: bool) -> Wire:
    if schema is None:
        return {}
    if not takes_json_schema:
        return {"responseSchema": encode_openapi_schema(schema)}
    return {"responseJsonSchema": {key: value for key, value in schema.items() if key != "$schema"}}


def _instruction(wanted: ResponseFormat) -> str:
    if wanted.schema is None:
        return _JSON
    return f"{_JSON} It must fit this JSON Schema:\n{dump_json(wanted.schema).decode()}"
