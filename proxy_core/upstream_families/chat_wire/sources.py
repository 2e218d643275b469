"""The sources that a searching model names beside its text, as text.

On the chat wire they stand in fields of their own. Other wires have no such place, but the text refers to the
sources by number, so they follow it as a text of their own.
"""

from typing import Any

from proxy_core.json_text import JsonObject

__all__ = ["sources_text"]


def sources_text(answer: JsonObject) -> str:
    """The sources of an answer or a chunk as a list to stand after the text; empty where it names none."""
    titles = {url: title for result in _objects(answer.get("search_results")) for url, title in _titled(result)}
    citations = answer.get("citations")
    urls = [url for url in citations if isinstance(url, str)] if isinstance(citations, list) else []
    lines = [_line(index, titles.get(url), url) for index, url in enumerate(urls or titles, 1)]
    return "\n\nSources:\n" + "\n".join(lines) if lines else ""


def _line(index: int, title: str | None, url: str) -> str:
    return f"[{index}] {title} {url}" if title else f"[{index}] {url}"


def _objects(value: Any) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _titled(result: JsonObject) -> list[tuple[str, str]]:
    url, title = result.get("url"), result.get("title")
    return [(url, title if isinstance(title, str) else "")] if isinstance(url, str) else []
