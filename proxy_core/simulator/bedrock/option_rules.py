"""Rules of Claude on Bedrock beside the messages: betas, thinking, sampling, limits and tools.

The texts are the real service's; each rule raises `RefusalError`.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from proxy_core.simulator.bedrock.models import BedrockModel
from proxy_core.simulator.validation.json_schema_check import is_valid_schema
from proxy_core.simulator.validation.shapes import RefusalError

__all__ = ["check_betas", "check_limits", "check_sampling", "check_thinking", "check_tools", "thinking_mode"]

_DOCS = "https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
_BETAS = frozenset(
    {
        "claude-code-20250219",
        "context-1m-2025-08-07",
        "context-management-2025-06-27",
        "interleaved-thinking-2025-05-14",
        "structured-outputs-2025-12-15",
        "tool-search-tool-2025-10-19",
    }
)
_LONG_CONTEXT = "context-1m-2025-08-07"
_ONLY_BETA_OF_4_7 = frozenset({"interleaved-thinking-2025-05-14"})
_PROPERTY_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")


def thinking_mode(body: Mapping[str, Any]) -> str:
    """`enabled`, `adaptive` or `disabled`."""
    return str(body.get("thinking", {}).get("type", "disabled"))


def check_betas(body: Mapping[str, Any], model: BedrockModel) -> None:
    """Betas that Bedrock takes, by model: anthropics/claude-code #49370, router-for-me/CLIProxyAPI #4750."""
    known = _ONLY_BETA_OF_4_7 if model.generation == (4, 7) else _BETAS
    if not (4, 0) <= model.generation <= (4, 5) or "sonnet" not in model.wire_name:
        known = known - {_LONG_CONTEXT}
    if not known.issuperset(body.get("anthropic_beta", ())):
        raise RefusalError("invalid beta flag", ("anthropic_beta",))


def context_limit(body: Mapping[str, Any], model: BedrockModel) -> int:
    return 1_000_000 if _LONG_CONTEXT in body.get("anthropic_beta", ()) else model.context


def check_limits(body: Mapping[str, Any], model: BedrockModel, input_tokens: int) -> None:
    wanted, most = body["max_tokens"], model.max_output
    if wanted > most:
        raise RefusalError(
            f"max_tokens: {wanted} > {most}, which is the maximum allowed number of output tokens for "
            f"{model.wire_name}"
        )
    limit = context_limit(body, model)
    if input_tokens > limit:
        raise RefusalError(f"prompt is too long: {input_tokens} tokens > {limit} maximum")


def check_thinking(body: Mapping[str, Any], model: BedrockModel) -> None:
    mode = thinking_mode(body)
    _check_thinking_of_model(mode, model)
    if not model.effort and "output_config" in body:
        name = next(iter(body["output_config"]), "")
        path = f"output_config.{name}" if name else "output_config"
        raise RefusalError(f"{path}: Extra inputs are not permitted")
    if mode == "disabled":
        return
    if mode == "enabled" and body["thinking"]["budget_tokens"] >= body["max_tokens"]:
        raise RefusalError(
            "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at "
            f"{_DOCS}#max-tokens-and-context-window-size"
        )
    if body.get("tool_choice", {}).get("type") in ("any", "tool"):
        raise RefusalError("Thinking may not be enabled when tool_choice forces tool use.")


def _check_thinking_of_model(mode: str, model: BedrockModel) -> None:
    if mode == "adaptive" and model.thinking not in ("both", "adaptive"):
        raise RefusalError("adaptive thinking is not supported on this model")
    if mode == "enabled" and model.thinking == "adaptive":
        raise RefusalError(
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and '
            '"output_config.effort" to control thinking behavior.'
        )
    if mode == "enabled" and model.thinking == "none":
        raise RefusalError("thinking is not supported on this model")


def check_sampling(body: Mapping[str, Any], model: BedrockModel) -> None:
    for name in ("temperature", "top_p", "top_k"):
        if name in body and not model.sampling:
            raise RefusalError(f"`{name}` is deprecated for this model.")
    if "temperature" in body and "top_p" in body and model.one_of_temperature_and_top_p:
        raise RefusalError(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
        )
    if thinking_mode(body) != "disabled":
        _check_sampling_with_thinking(body)
    if any(not stop.strip() for stop in body.get("stop_sequences", ())):
        raise RefusalError("stop_sequences: each stop sequence must contain non-whitespace")


def _check_sampling_with_thinking(body: Mapping[str, Any]) -> None:
    if body.get("temperature", 1) != 1:
        raise RefusalError(
            "`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at "
            f"{_DOCS}#important-considerations-when-using-extended-thinking"
        )
    if body.get("top_p", 1) < 0.95:
        raise RefusalError("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.")
    if "top_k" in body:
        raise RefusalError("`top_k` must be unset when thinking is enabled.")


def check_tools(body: Mapping[str, Any]) -> None:
    tools = body.get("tools", [])
    names = Counter(tool["name"] for tool in tools)
    if any(count > 1 for count in names.values()):
        raise RefusalError("tools: Tool names must be unique.")
    for index, tool in enumerate(tools):
        if "input_schema" in tool:
            _check_input_schema(f"tools.{index}.custom.input_schema", tool["input_schema"])
    _check_choice(body.get("tool_choice"), names)


def _check_choice(choice: Mapping[str, Any] | None, names: Mapping[str, int]) -> None:
    if choice is None:
        return
    if not names and choice["type"] != "none":
        raise RefusalError("tool_choice: tool_choice may only be specified while providing tools")
    if choice["type"] == "tool" and choice["name"] not in names:
        raise RefusalError(f"tool_choice: Tool '{choice['name']}' not found in provided tools")


def _check_input_schema(path: str, schema: Mapping[str, Any]) -> None:
    if any(word in schema for word in ("oneOf", "allOf", "anyOf")):
        raise RefusalError(f"{path}: input_schema does not support oneOf, allOf, or anyOf at the top level")
    if not is_valid_schema(schema):
        raise RefusalError(
            f"{path}: JSON schema is invalid. It must match JSON Schema draft 2020-12 "
            "(https://json-schema.org/draft/2020-12). Learn more about tool use at "
            "https://docs.claude.com/en/docs/tool-use."
        )
    for name in schema.get("properties", {}):
        if not 1 <= len(name) <= 64 or not _PROPERTY_NAME.issuperset(name):
            raise RefusalError(f"{path}.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{{1,64}}$'")
