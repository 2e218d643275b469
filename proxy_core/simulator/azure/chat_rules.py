"""The rules of Azure OpenAI's chat completions beyond the shape of the body: models, pairing, schemas.

Each rule raises `RefusedError` with the service's own words.
"""

import base64
from collections.abc import Iterator
from typing import Any

from proxy_core.simulator.azure.chat_shape import CHAT_SHAPE
from proxy_core.simulator.azure.models import AzureModel
from proxy_core.simulator.azure.openai_words import RefusedError, check_body, supported
from proxy_core.simulator.mind.token_count import count_tokens
from proxy_core.simulator.validation.image_kind import image_type_of

__all__ = ["check_chat", "check_function_schema", "check_strict"]

ONLY_DEFAULT = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
SAYS_SOMETHING = ("tool_calls", "function_call", "refusal")
NOT_FOR_REASONING = ("logprobs", "top_logprobs", "logit_bias")
STRICT_UNSUPPORTED = (
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
)


def check_chat(body: Any, model: AzureModel) -> None:
    """Raises `RefusedError` for the first broken rule."""
    if not isinstance(body, dict):
        raise RefusedError("Invalid body: expected an object.", None, "invalid_type")
    check_body(CHAT_SHAPE, body)
    check_sampling(body, model)
    check_tools(body, model)
    check_messages(body["messages"])
    check_format(body)
    if body.get("stream_options") and not body.get("stream"):
        raise RefusedError(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options"
        )
    check_context(body, model)


def check_sampling(body: dict[str, Any], model: AzureModel) -> None:
    if model.reasons:
        check_reasoning_parameters(body, model)
    elif body.get("reasoning_effort") is not None:
        raise RefusedError("Unrecognized request argument supplied: reasoning_effort")
    elif body.get("verbosity") not in (None, "medium"):
        unsupported_value("verbosity", body["verbosity"], "Supported values are: 'medium'.")
    if body.get("max_tokens") and body.get("max_completion_tokens"):
        raise RefusedError("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    for name in ("max_tokens", "max_completion_tokens"):
        asked = body.get(name)
        if asked and asked > model.output:
            text = (
                f"{name} is too large: {asked}. This model supports at most {model.output} completion tokens, "
                f"whereas you provided {asked}."
            )
            raise RefusedError(text, name, "invalid_value")


def check_reasoning_parameters(body: dict[str, Any], model: AzureModel) -> None:
    if body.get("max_tokens") is not None:
        text = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        raise RefusedError(f"Unsupported parameter: {text}", "max_tokens", "unsupported_parameter")
    for name, default in ONLY_DEFAULT.items():
        if body.get(name) not in (None, default):
            unsupported_value(name, body[name], f"Only the default ({default}) value is supported.")
    for name in NOT_FOR_REASONING:
        if body.get(name):
            text = f"Unsupported parameter: '{name}' is not supported with this model."
            raise RefusedError(text, name, "unsupported_parameter")
    effort = body.get("reasoning_effort")
    if effort is not None and effort not in model.efforts:
        unsupported_value("reasoning_effort", effort, supported(model.efforts))


def unsupported_value(name: str, value: Any, help_text: str) -> None:
    shown = f"'{value}'" if isinstance(value, str) else value
    text = f"Unsupported value: '{name}' does not support {shown} with this model. {help_text}"
    raise RefusedError(text, name, "unsupported_value")


def check_tools(body: dict[str, Any], model: AzureModel) -> None:
    tools = body.get("tools", [])
    for name in ("tool_choice", "parallel_tool_calls"):
        if name in body and not tools and body[name] != "none":
            text = f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified."
            raise RefusedError(text, name)
    for number, tool in enumerate(tools):
        check_function_schema(tool["function"], f"tools[{number}].function.parameters")
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice["function"]["name"] not in {tool["function"]["name"] for tool in tools}:
        name = choice["function"]["name"]
        text = (
            f"Invalid value for 'tool_choice': no function named '{name}' was specified in the 'tools' parameter."
        )
        raise RefusedError(text, "tool_choice")
    if tools and not model.tools_with_effort and body.get("reasoning_effort") not in (None, "none"):
        text = (
            f"Function tools with reasoning_effort are not supported for {model.reported} in /v1/chat/completions. "
            "Please use /v1/responses instead."
        )
        raise RefusedError(text, "reasoning_effort")


def check_function_schema(function: dict[str, Any], param: str) -> None:
    """A function's parameters: an object at the root, arrays with items, and the strict rules when asked for."""
    schema = function.get("parameters")
    if schema is None:
        return
    subject = f"function '{function['name']}'"
    if schema and schema.get("type") != "object":
        got = f"'type: \"{schema.get('type') or 'None'}\"'"
        text = f"Invalid schema for {subject}: schema must be a JSON Schema of 'type: \"object\"', got {got}."
        raise RefusedError(text, param, "invalid_function_parameters")
    for place, part in schema_parts(schema, ()):
        if part.get("type") == "array" and "items" not in part and "prefixItems" not in part:
            text = f"Invalid schema for {subject}: In context={place!r}, array schema missing items."
            raise RefusedError(text, param, "invalid_function_parameters")
    if function.get("strict"):
        check_strict(schema, subject, param, "invalid_function_parameters")


def check_strict(schema: dict[str, Any], subject: str, param: str, code: str) -> None:
    """The rules of `strict: true`."""
    for place, part in schema_parts(schema, ()):
        fault = strict_fault(part)
        if fault:
            raise RefusedError(f"Invalid schema for {subject}: In context={place!r}, {fault}", param, code)


def strict_fault(part: dict[str, Any]) -> str | None:
    if found := next((key for key in STRICT_UNSUPPORTED if key in part), None):
        return f"'{found}' is not permitted."
    if part.get("type") != "object" and "properties" not in part:
        return None
    if part.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    required, properties = part.get("required", []), part.get("properties", {})
    if not isinstance(properties, dict):
        return f"{properties!r} is not of type 'object'."
    if not isinstance(required, list):
        return f"{required!r} is not of type 'array'."
    missing = next((name for name in properties if name not in required), None)
    if missing is not None:
        return (
            "'required' is required to be supplied and to be an array including every key in properties. "
            f"Missing '{missing}'."
        )
    return None


def schema_parts(schema: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """A schema and the schemas within it, with the place of each."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for key in ("properties", "$defs", "definitions"):
        members = schema.get(key)
        for name, member in members.items() if isinstance(members, dict) else ():
            yield from schema_parts(member, (*place, key, name))
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for number, member in enumerate(schema.get(key) or ()):
            yield from schema_parts(member, (*place, key, str(number)))
    yield from schema_parts(schema.get("items"), (*place, "items"))


def check_messages(messages: list[dict[str, Any]]) -> None:
    for number, message in enumerate(messages):
        check_parts(message, number)
    check_pairing(messages)


def check_parts(message: dict[str, Any], number: int) -> None:
    content = message.get("content")
    if message["role"] == "assistant" and content is None and not any(map(message.get, SAYS_SOMETHING)):
        text = "Invalid value for 'content': expected a string, got null."
        raise RefusedError(text, f"messages.[{number}].content")
    for place, part in enumerate(content if isinstance(content, list) else ()):
        if part["type"] == "image_url" and message["role"] != "user":
            text = (
                f"Invalid 'messages[{number}]'. Image URLs are only allowed for messages with role 'user', "
                f"but this message with role '{message['role']}' contains an image URL."
            )
            raise RefusedError(text, f"messages[{number}]", "invalid_value")
        check_file(part, f"messages[{number}].content[{place}]")


def check_file(part: dict[str, Any], param: str) -> None:
    if part["type"] == "image_url":
        check_image(part["image_url"]["url"], f"{param}.image_url.url")
    elif part["type"] == "file":
        check_document(part["file"], f"{param}.file")


def check_image(url: str, param: str) -> None:
    if url.startswith(("https://", "http://")):
        return
    head, _, data = url.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64")):
        text = f"Invalid '{param}'. Expected a valid URL, but got a value with an invalid format."
        raise RefusedError(text, param, "invalid_value")
    if image_type_of(decoded(data)) is None:
        text = (
            "You uploaded an unsupported image. Please make sure your image has of one the following formats: "
            "['png', 'jpeg', 'gif', 'webp']."
        )
        raise RefusedError(text, None, "invalid_image_format")


def check_document(file: dict[str, Any], param: str) -> None:
    if "file_id" in file:
        raise RefusedError(f"No such File object: {file['file_id']}", f"{param}.file_id", "invalid_value")
    for name in ("file_data", "filename"):
        if name not in file:
            text = f"Missing required parameter: '{param}.{name}'."
            raise RefusedError(text, f"{param}.{name}", "missing_required_parameter")
    head, _, data = file["file_data"].partition(",")
    if head != "data:application/pdf;base64" or not decoded(data):
        text = (
            f"Invalid file data: '{param}.file_data'. Expected a base64-encoded data URL with an application/pdf "
            "MIME type (e.g. 'data:application/pdf;base64,aGVsbG8='), but got unsupported data."
        )
        raise RefusedError(text, f"{param}.file_data", "invalid_value")


def decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        return b""


def check_pairing(messages: list[dict[str, Any]]) -> None:
    """Each assistant message with calls is followed by one tool message a call."""
    open_ids: list[str] = []
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_ids:
                text = (
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                    "'tool_calls'."
                )
                raise RefusedError(text, f"messages.[{number}].role")
            open_ids.remove(message["tool_call_id"])
            continue
        refuse_open(open_ids, number)
        open_ids = [call["id"] for call in message.get("tool_calls") or ()]
    refuse_open(open_ids, len(messages) - 1)


def refuse_open(open_ids: list[str], number: int) -> None:
    if open_ids:
        text = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(open_ids)}"
        )
        raise RefusedError(text, f"messages.[{number}].role")


def check_format(body: dict[str, Any]) -> None:
    wanted = body.get("response_format") or {"type": "text"}
    if wanted["type"] == "json_object" and "json" not in str(body["messages"]).lower():
        text = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        )
        raise RefusedError(text, "messages")
    if wanted["type"] != "json_schema":
        return
    details = wanted["json_schema"]
    subject, param = f"response_format '{details['name']}'", "response_format"
    schema = details.get("schema") or {}
    if schema.get("type") != "object":
        got = f'type: "{schema.get("type") or "None"}"'
        text = f"Invalid schema for {subject}: schema must be a JSON Schema of 'type: \"object\"', got '{got}'."
        raise RefusedError(text, param)
    if details.get("strict"):
        check_strict(schema, subject, param, "invalid_json_schema")


def check_context(body: dict[str, Any], model: AzureModel) -> None:
    used = count_tokens(without_files(body["messages"]), body.get("tools", []))
    if used <= model.context:
        return
    if model.reasons:
        text = "Your input exceeds the context window of this model. Please adjust your input and try again."
    else:
        text = (
            f"This model's maximum context length is {model.context} tokens. However, your messages resulted in "
            f"{used} tokens. Please reduce the length of the messages."
        )
    raise RefusedError(text, "messages", "context_length_exceeded")


def without_files(messages: list[dict[str, Any]]) -> list[Any]:
    """Messages as they count: a file is not counted by the length of its base64."""
    return [
        {**message, "content": [part if part.get("type") == "text" else "x" * 4_000 for part in message["content"]]}
        if isinstance(message.get("content"), list)
        else message
        for message in messages
    ]
