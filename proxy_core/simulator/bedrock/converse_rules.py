"""Rules of Bedrock Converse beyond the shape, for Claude and Nova. The texts are the service's own.

What the model itself refuses comes as `The model returned the following errors: …`.
"""

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from proxy_core.simulator.bedrock.models import BedrockModel, is_claude
from proxy_core.simulator.bedrock.option_rules import check_betas, check_sampling, check_thinking
from proxy_core.simulator.bedrock.schema import CLAUDE_OPTIONS
from proxy_core.simulator.signatures import thinking_is_genuine, unredact
from proxy_core.simulator.validation.image_kind import decode_base64, image_type_of
from proxy_core.simulator.validation.json_schema_check import is_valid_schema
from proxy_core.simulator.validation.pydantic_words import PydanticWords
from proxy_core.simulator.validation.shapes import RefusalError, check

__all__ = ["check_converse", "claude_options", "specs_of"]

Message = Mapping[str, Any]
_MODEL_SAYS = "The model returned the following errors: "
_DOCUMENT_NAME = re.compile(r"(?!.*\s\s)[a-zA-Z0-9\s\-()\[\]]+")
_CLAUDE_FIELDS = ("thinking", "output_config", "top_k", "anthropic_beta")
_NOVA_FIELDS = ("inferenceConfig", "reasoningConfig")
_NOVA_SCHEMA_KEYS = frozenset({"type", "properties", "required"})


def specs_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [tool["toolSpec"] for tool in body.get("toolConfig", {}).get("tools", []) if "toolSpec" in tool]


def check_converse(body: Mapping[str, Any], model: BedrockModel, input_tokens: int) -> None:
    messages = body["messages"]
    _check_roles(messages)
    for index, message in enumerate(messages):
        _check_content(index, message)
    _check_tool_config(body, messages)
    _check_pairs(messages)
    _check_limit(body, model, input_tokens)
    if not is_claude(model.wire_name):
        _check_nova(body)
        return
    try:
        _check_claude(body, model)
    except RefusalError as refusal:
        raise RefusalError(_MODEL_SAYS + refusal.message) from refusal


def _check_roles(messages: list[Message]) -> None:
    if not messages or messages[0]["role"] != "user":
        raise RefusalError(
            "A conversation must start with a user message. Try again with a conversation that starts with a user "
            "message."
        )
    if any(one["role"] == other["role"] for one, other in pairwise(messages)):
        raise RefusalError(
            "A conversation must alternate between user and assistant roles. Make sure the conversation alternates "
            "between user and assistant roles and try again."
        )


def _check_content(index: int, message: Message) -> None:
    path = f"messages.{index}"
    if not message["content"]:
        raise RefusalError(
            f"The content field in the Message object at {path} is empty. Add a ContentBlock object to the content "
            "field and try again."
        )
    for place, block in enumerate(message["content"]):
        _check_block(f"{path}.content.{place}", block)
    kinds = {kind for block in message["content"] for kind in block}
    if "document" in kinds and "text" not in kinds:
        raise RefusalError(f"Include at least one text block beside the documents at {path}.content and try again.")


def _check_block(path: str, block: Mapping[str, Any]) -> None:
    match block:
        case {"text": str(text)} if not text.strip():
            raise RefusalError(
                f"The text field in the ContentBlock object at {path} is blank. Add text to the text field, and "
                "try again."
            )
        case {"image": image}:
            _check_image(path, image)
        case {"document": document} if not _DOCUMENT_NAME.fullmatch(document["name"]):
            raise RefusalError(
                "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, "
                "parentheses, and square brackets. The name can't contain more than one consecutive whitespace "
                "character."
            )
        case {"toolResult": result}:
            for place, inner in enumerate(result["content"]):
                _check_block(f"{path}.toolResult.content.{place}", inner)


def _check_image(path: str, image: Mapping[str, Any]) -> None:
    data = decode_base64(image["source"].get("bytes", ""))
    real = image_type_of(data) if data else None
    if real is None:
        raise RefusalError(f"{_MODEL_SAYS}Could not process image")
    if real != f"image/{image['format']}":
        raise RefusalError(
            f"{_MODEL_SAYS}{path}.image.source.base64: The image was specified using the image/{image['format']} "
            f"media type, but the image appears to be a {real} image"
        )


def _has_tool_blocks(messages: list[Message]) -> bool:
    return any("toolUse" in block or "toolResult" in block for message in messages for block in message["content"])


def _check_tool_config(body: Mapping[str, Any], messages: list[Message]) -> None:
    if "toolConfig" not in body and _has_tool_blocks(messages):
        raise RefusalError("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
    specs = specs_of(body)
    counted = Counter(spec["name"] for spec in specs)
    if repeated := [name for name, count in counted.items() if count > 1]:
        raise RefusalError(f"The toolConfig field contains duplicate tool names: {', '.join(repeated)}")
    chosen = body.get("toolConfig", {}).get("toolChoice", {}).get("tool", {}).get("name")
    if chosen is not None and chosen not in counted:
        raise RefusalError(f"The tool {chosen} in toolChoice is not defined in toolConfig.tools.")
    for index, spec in enumerate(specs):
        schema = spec["inputSchema"]["json"]
        if schema.get("type") != "object" or not is_valid_schema(schema):
            raise RefusalError(
                f"The value at toolConfig.tools.{index}.toolSpec.inputSchema.json.type must be one of: object."
            )


def _ids(message: Message, kind: str) -> list[str]:
    return [block[kind]["toolUseId"] for block in message["content"] if kind in block]


def _check_pairs(messages: list[Message]) -> None:
    called: list[str] = []
    for index, message in enumerate(messages):
        answered = _ids(message, "toolResult")
        if missing := [call_id for call_id in called if call_id not in answered]:
            raise RefusalError(_expected(index, missing))
        if len(answered) > len(called):
            raise RefusalError(
                f"The number of toolResult blocks at messages.{index}.content exceeds the number of toolUse blocks "
                "of previous turn."
            )
        called = _ids(message, "toolUse")
        if len(set(called)) != len(called):
            raise RefusalError(f"The toolUse blocks at messages.{index}.content contain duplicate Ids: {called[0]}")
    if called:
        raise RefusalError(_expected(len(messages), called))


def _expected(index: int, call_ids: list[str]) -> str:
    return f"Expected toolResult blocks at messages.{index}.content for the following Ids: {', '.join(call_ids)}"


def _check_limit(body: Mapping[str, Any], model: BedrockModel, input_tokens: int) -> None:
    if body.get("inferenceConfig", {}).get("maxTokens", 1) > model.max_output:
        raise RefusalError(
            f"The maximum tokens you requested exceeds the model limit of {model.max_output}. Try again with a "
            f"maximum tokens value that is lower than {model.max_output}."
        )
    if input_tokens > model.context:
        if is_claude(model.wire_name):
            raise RefusalError("Input is too long for requested model.")
        raise RefusalError(
            f"{_MODEL_SAYS}Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the "
            "input to try again."
        )


def claude_options(body: Mapping[str, Any], model: BedrockModel) -> dict[str, Any]:
    """Converse's fields under Claude's names."""
    config = body.get("inferenceConfig", {})
    choice = body.get("toolConfig", {}).get("toolChoice", {})
    options = {
        **body.get("additionalModelRequestFields", {}),
        "max_tokens": config.get("maxTokens", model.max_output),
    }
    for name, key in (("temperature", "temperature"), ("top_p", "topP"), ("stop_sequences", "stopSequences")):
        if key in config:
            options[name] = config[key]
    if choice:
        options["tool_choice"] = {"type": next(iter(choice))}
    return options


def _check_claude(body: Mapping[str, Any], model: BedrockModel) -> None:
    for name in body.get("additionalModelRequestFields", {}):
        if name not in _CLAUDE_FIELDS:
            raise RefusalError(f"{name}: Extra inputs are not permitted")
    options = claude_options(body, model)
    check(CLAUDE_OPTIONS, options, PydanticWords())
    check_betas(options, model)
    check_thinking(options, model)
    check_sampling(options, model)
    for index, message in enumerate(body["messages"]):
        for place, block in enumerate(message["content"]):
            _check_reasoning(f"messages.{index}.content.{place}", block.get("reasoningContent", {}))
    if body["messages"][-1]["role"] == "assistant" and not model.prefill:
        raise RefusalError(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def _check_reasoning(path: str, reasoning: Mapping[str, Any]) -> None:
    if text := reasoning.get("reasoningText"):
        if not thinking_is_genuine(text["text"], text.get("signature", "")):
            raise RefusalError(f"{path}: Invalid `signature` in `thinking` block")
    elif "redactedContent" in reasoning:
        data = (decode_base64(reasoning["redactedContent"]) or b"").decode("ascii", "replace")
        if unredact(data) is None:
            raise RefusalError(f"{path}: Invalid `data` in `redacted_thinking` block")


def _check_nova(body: Mapping[str, Any]) -> None:
    for name in body.get("additionalModelRequestFields", {}):
        if name not in _NOVA_FIELDS:
            raise RefusalError(
                f"Malformed input request: #: extraneous key [{name}] is not permitted, please reformat your input "
                "and try again."
            )
    for index, spec in enumerate(specs_of(body)):
        if extra := set(spec["inputSchema"]["json"]) - _NOVA_SCHEMA_KEYS:
            raise RefusalError(
                f"Malformed input request: #/toolConfig/tools/{index}/toolSpec/inputSchema/json: extraneous key "
                f"[{min(extra)}] is not permitted, please reformat your input and try again."
            )
