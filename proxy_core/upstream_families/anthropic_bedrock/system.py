"""The top-level `system` field: a text, or a list of text blocks."""

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.anthropic_bedrock.blocks import BlockAdapter

__all__ = ["append_system", "join_system"]


def join_system(body: JsonObject, leading: list[JsonObject], blocks: BlockAdapter) -> None:
    """Adapt `system` in place and add the system messages that stood before every other message."""
    system = body.pop("system", None)
    if isinstance(system, str):
        adapted = system if not leading else [{"type": "text", "text": system}]
    elif isinstance(system, list) or system is None:
        adapted = system or []
    else:
        raise ClientError("system: expected a string or a list of text blocks.", param="system")
    if isinstance(adapted, list):
        adapted = blocks.adapt([*adapted, *leading] if leading else adapted, "system")
    if adapted and not (isinstance(adapted, str) and adapted.isspace()):
        body["system"] = adapted


def append_system(body: JsonObject, text: str | None) -> None:
    """Add a text at the end, after what may be cached."""
    if text is None:
        return
    match body.get("system"):
        case str() as system:
            body["system"] = f"{system}\n\n{text}"
        case list() as blocks:
            body["system"] = [*blocks, {"type": "text", "text": text}]
        case _:
            body["system"] = text
