"""Orchestration's templating: placeholders in template messages and tool texts, and the final list of messages.

History is not templated. Whatever looks like a placeholder is one, also in a user's own text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.simulator.orchestration.errors import OrchestrationError

__all__ = ["render_messages"]

_PLACEHOLDER = re.compile(r"\{\{\s*\??\s*([\w.]+)\s*\}\}")
_STATEMENT = re.compile(r"\{[%#]")
_PARAMETERS = "Input Parameters"


def render_messages(body: Mapping[str, Any], modules: Mapping[str, Any]) -> list[dict[str, Any]]:
    """History and rendered template. Raises `OrchestrationError` for missing or unused parameters."""
    prompt = modules["prompt_templating"].get("prompt", {})
    history = body.get("messages_history", [])
    template = prompt.get("template", [])
    if not template and not history:
        raise OrchestrationError("Request Body", "Either a prompt template or messages must be defined")
    given = {name: str(value) for name, value in body.get("placeholder_values", {}).items()}
    values = {**prompt.get("defaults", {}), **given}
    _check_parameters(list(_texts(template, prompt.get("tools", []))), values, given)
    return [*history, *(_rendered(message, values) for message in template)]


def _texts(template: list[Any], tools: list[Any]) -> Iterator[str]:
    for message in template:
        yield from _content_texts(message.get("content", ""))
    yield json.dumps(tools, ensure_ascii=False)


def _content_texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    else:
        yield from (item["text"] for item in content if item["type"] == "text")


def _check_parameters(texts: list[str], values: Mapping[str, Any], given: Mapping[str, str]) -> None:
    if any(_STATEMENT.search(text) for text in texts):
        raise OrchestrationError(_PARAMETERS, "Error validating parameters. The template has a syntax error.")
    used = [name for text in texts for name in _PLACEHOLDER.findall(text)]
    if missing := sorted({name for name in used if name not in values}):
        raise OrchestrationError(
            _PARAMETERS, f"Error validating parameters. Missing required parameters: {missing!r}."
        )
    if unused := sorted(name for name in given if name not in used):
        raise OrchestrationError(_PARAMETERS, f"Error validating parameters. Unused parameters: {unused!r}.")


def _rendered(message: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)

    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": fill(content)}
    items = [{**item, "text": fill(item["text"])} if item["type"] == "text" else item for item in content or []]
    return {**message, "content": items} if content is not None else dict(message)
