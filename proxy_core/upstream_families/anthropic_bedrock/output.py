"""Structured output for clients that ask with `output_config.format`.

SAP does not say whether Bedrock's own field for it passes. A forced tool would have to be hidden in the
answer, which the native path copies without reading; so the wish becomes an instruction, which works the
same for whole answers and for streams, beside tools, and while the model thinks.
"""

from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.upstream_families.notes import Notes

__all__ = ["adapt_output_format"]

_ONLY_JSON = "Write nothing but the JSON: no text before or after it, and no code fence."


def adapt_output_format(body: JsonObject, first_beta_format: Any, notes: Notes) -> str | None:
    """Take the format out of `output_config` in place; the instruction that replaces it, or None.

    `first_beta_format` is the top-level `output_format` of the first beta.
    """
    config = body.get("output_config")
    wanted = config.get("format") if isinstance(config, dict) else None
    if isinstance(config, dict):
        _keep_effort(body, config, notes)
    wanted = wanted or first_beta_format
    if wanted is None:
        return None
    notes.changed("output_config.format", "it became an instruction to the model")
    return _instruction(wanted)


def _keep_effort(body: JsonObject, config: JsonObject, notes: Notes) -> None:
    for key in config.keys() - {"effort", "format"}:
        notes.dropped(f"output_config.{key}", "Bedrock does not know this field")
    if config.get("effort") is None:
        del body["output_config"]
    else:
        body["output_config"] = {"effort": config["effort"]}


def _instruction(wanted: Any) -> str:
    match wanted:
        case {"type": "json_object"}:
            return f"Answer with one JSON object. {_ONLY_JSON}"
        case {"schema": dict() as schema}:
            text = dump_json(schema).decode()
            return f"Answer with one JSON value that fits this JSON Schema. {_ONLY_JSON}\n\n{text}"
        case _:
            path = "output_config.format.schema"
            raise ClientError(f"{path}: expected an object.", param=path)
