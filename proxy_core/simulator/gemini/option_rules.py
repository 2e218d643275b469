"""Rules of Gemini about the generation config and the tools. The texts are Vertex's own."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.simulator.gemini.models import GeminiModel
from proxy_core.simulator.validation.json_schema_check import is_valid_schema
from proxy_core.simulator.validation.shapes import RefusalError

__all__ = ["check_generation", "check_tools", "declarations_of"]

_DOCS = "Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"
_TOOL_DOCS = "Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,63}")
_RANGES = {
    "temperature": ("temperature", 0, 2, "0 (inclusive) to 2.0001 (exclusive)"),
    "top_p": ("topP", 0, 1, "0 (inclusive) to 1.0001 (exclusive)"),
    "presence_penalty": ("presencePenalty", -2, 1.9999, "-2.0 (inclusive) to 2.0 (exclusive)"),
    "frequency_penalty": ("frequencyPenalty", -2, 1.9999, "-2.0 (inclusive) to 2.0 (exclusive)"),
    "candidate_count": ("candidateCount", 1, 8, "1 (inclusive) to 9 (exclusive)"),
}
_MOST_STOPS = 5


def declarations_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for tool in body.get("tools", []) for one in tool.get("function_declarations", [])]


def check_generation(body: Mapping[str, Any], model: GeminiModel) -> None:
    config = body.get("generation_config", {})
    for name, (shown, least, most, text) in _RANGES.items():
        if name in config and not least <= config[name] <= most:
            raise RefusalError(_out_of_range(shown, config[name], text))
    wanted = config.get("max_output_tokens", 1)
    if not 1 <= wanted <= model.max_output:
        text = f"1 (inclusive) to {model.max_output + 1} (exclusive)"
        raise RefusalError(_out_of_range("maxOutputTokens", wanted, text))
    if len(config.get("stop_sequences", ())) > _MOST_STOPS:
        raise RefusalError(
            f"Unable to submit request because it has {len(config['stop_sequences'])} stop sequences but the "
            f"maximum is {_MOST_STOPS}. {_DOCS}"
        )
    _check_thinking(config.get("thinking_config", {}), model)
    _check_json_output(config, body, model)


def _out_of_range(name: str, value: float, text: str) -> str:
    return (
        f"Unable to submit request because it has a {name} value of {value} but the supported range is from "
        f"{text}. Update the value and try again. {_DOCS}"
    )


def _check_thinking(config: Mapping[str, Any], model: GeminiModel) -> None:
    if not config:
        return
    if not model.thinks:
        raise RefusalError(f"Unable to submit request because thinking is not supported by this model. {_DOCS}")
    if "thinking_level" in config and "thinking_budget" in config:
        raise RefusalError("You can only set only one of thinking budget and thinking level.")
    if "thinking_level" in config and not model.has_levels:
        raise RefusalError("Thinking level is not supported for this model.")
    if "thinking_budget" in config:
        _check_budget(config["thinking_budget"], model)
        if config["thinking_budget"] == 0 and config.get("include_thoughts"):
            raise RefusalError(
                "Unable to submit request because Thinking_config.include_thoughts is only enabled when thinking "
                f"is enabled. {_DOCS}"
            )


def _check_budget(budget: int, model: GeminiModel) -> None:
    if model.has_levels:
        raise RefusalError("Thinking budget is not supported for this model. Use thinking level instead.")
    if budget == 0 and not model.thinking_can_be_off:
        raise RefusalError("Budget 0 is invalid. This model only works in thinking mode.")
    least, most = model.budget
    if budget not in (-1, 0) and not least <= budget <= most:
        lowest = 0 if model.thinking_can_be_off and least == 1 else least
        raise RefusalError(
            f"The thinking budget {budget} is invalid. Please choose a value between {lowest} and {most}."
        )


def _check_json_output(config: Mapping[str, Any], body: Mapping[str, Any], model: GeminiModel) -> None:
    mime = config.get("response_mime_type", "text/plain")
    if ("response_schema" in config or "response_json_schema" in config) and mime != "application/json":
        raise RefusalError(f"Response schema with mime type: '{mime}' is unsupported")
    if mime == "application/json" and declarations_of(body) and not model.has_levels:
        raise RefusalError(f"Function calling with a response mime type: '{mime}' is unsupported")
    if not is_valid_schema(config.get("response_json_schema", True)):
        raise RefusalError("Unable to submit request because the response JSON schema is invalid.")
    for where, fault in _schema_faults("response_schema", config.get("response_schema", {})):
        raise RefusalError(f"Unable to submit request because `{where}` schema {fault}. {_DOCS}")


def check_tools(body: Mapping[str, Any]) -> None:
    seen: set[str] = set()
    for one in declarations_of(body):
        name = one.get("name", "")
        if not _NAME.fullmatch(name):
            raise RefusalError(
                "Invalid function name. Must start with a letter or an underscore. Must be alphameric (a-z, A-Z, "
                "0-9), underscores (_), dots (.), colons (:) or dashes (-), with a maximum length of 64."
            )
        if name in seen:
            raise RefusalError(f"Duplicate function declaration found: {name}")
        seen.add(name)
        _check_declaration(name, one)
    _check_calling(body.get("tool_config", {}).get("function_calling_config", {}), seen)


def _check_calling(config: Mapping[str, Any], declared: set[str]) -> None:
    names = config.get("allowed_function_names", ())
    mode = config.get("mode", "AUTO").upper()
    if names and mode not in ("ANY", "VALIDATED"):
        raise RefusalError(
            "Unable to submit request because allowed_function_names should only be set when the mode is ANY or "
            f"VALIDATED. {_TOOL_DOCS}"
        )
    if mode == "ANY" and not declared:
        raise RefusalError("Function calling config is set without function_declarations.")
    if unknown := [name for name in names if name not in declared]:
        raise RefusalError(f"Allowed function name `{unknown[0]}` is not found in the function declarations.")


def _check_declaration(name: str, one: Mapping[str, Any]) -> None:
    start = f"Unable to submit request because `{name}` functionDeclaration"
    if "parameters" in one and "parameters_json_schema" in one:
        raise RefusalError(f"{start} sets both `parameters` and `parameters_json_schema`. {_TOOL_DOCS}")
    schema = one.get("parameters_json_schema", {"type": "object"})
    if not is_valid_schema(schema) or schema.get("type", "object") != "object":
        raise RefusalError(
            f"{start} `parameters_json_schema` is not a valid JSON Schema of an object. {_TOOL_DOCS}"
        )
    parameters = one.get("parameters")
    if parameters is None:
        return
    if parameters.get("type", "").upper() != "OBJECT":
        raise RefusalError(f"{start} parameters schema should be of type OBJECT. {_TOOL_DOCS}")
    for where, fault in _schema_faults("parameters", parameters):
        raise RefusalError(f"{start} `{where}` schema {fault}. {_TOOL_DOCS}")


def _schema_faults(where: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Faults beyond the shape: Vertex wants types, items, and `any_of` alone."""
    kind = schema.get("type", "").upper()
    if "any_of" in schema and set(schema) - {"any_of", "description", "nullable", "title"}:
        yield where, "specified other fields alongside any_of. When using any_of, it must be the only field set"
    if schema and not kind and "any_of" not in schema:
        yield where, "didn't specify the schema type field"
    if kind == "ARRAY" and "items" not in schema:
        yield where, "of type ARRAY is missing the items field"
    if "enum" in schema and kind != "STRING":
        yield where, "specified enum, which is only allowed for type STRING"
    properties = schema.get("properties", {})
    if any(name not in properties for name in schema.get("required", ())):
        yield where, "requires a property that is not defined"
    for name, inner in properties.items():
        yield from _schema_faults(f"{where}.{name}", inner)
    for inner in [*schema.get("any_of", []), *([schema["items"]] if "items" in schema else [])]:
        yield from _schema_faults(where, inner)
