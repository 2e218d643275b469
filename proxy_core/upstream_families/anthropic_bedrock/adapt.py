"""An Anthropic Messages body to the body that Claude on Bedrock accepts.

The body may hold a megabyte of conversation, so only what changes is copied; the client's own body is
never changed. Fields outside the known ones are left out with a diagnostic, because Bedrock refuses a
request for a single unknown field.
"""

from collections.abc import Mapping
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.anthropic_bedrock.blocks import BlockAdapter
from proxy_core.upstream_families.anthropic_bedrock.conversation import ConversationAdapter
from proxy_core.upstream_families.anthropic_bedrock.output import adapt_output_format
from proxy_core.upstream_families.anthropic_bedrock.system import append_system, join_system
from proxy_core.upstream_families.anthropic_bedrock.tools import adapt_tools
from proxy_core.upstream_families.base import FetchFile, Target, UpstreamRequest
from proxy_core.upstream_families.claude_options import adapt_sampling
from proxy_core.upstream_families.claude_thinking import adapt_limits, adapt_thinking
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import BODY_FIELDS, VERSION, expect_integer, expect_messages, require, resolve_betas

__all__ = ["adapt_body", "build_call"]

_PATHS = {True: "/invoke-with-response-stream", False: "/invoke"}
_HEADERS = {"accept": "application/json"}
"""With this, streams arrive as server-sent events; with AWS's own media type they would be binary."""

_READ_ELSEWHERE = frozenset({"model", "stream", "betas", "output_format"})


def build_call(
    body: JsonObject,
    stream: bool,
    notes: Notes,
    *,
    structured_output_tool: str | None = None,
    tool_names: Mapping[str, str] | None = None,
) -> UpstreamRequest:
    """The call that carries an adapted body."""
    return UpstreamRequest(
        path=_PATHS[stream],
        body=body,
        headers=_HEADERS,
        diagnostics=notes.all(),
        tool_names=tool_names or {},
        structured_output_tool=structured_output_tool,
    )


def adapt_body(
    body: JsonObject, headers: Mapping[str, str], target: Target, fetch: FetchFile, notes: Notes
) -> JsonObject:
    """Raises `ClientError` for a missing or misshapen field, and for files that cannot be had."""
    messages = expect_messages(body)
    expect_integer(require(body, "max_tokens"), "max_tokens", least=1)
    adapted = _known_fields(body, notes)
    adapted["anthropic_version"] = VERSION
    keep_thoughts = target.capabilities.thinking != "none" and not target.without_thoughts
    blocks = BlockAdapter(fetch, notes, keep_thoughts=keep_thoughts)
    conversation = ConversationAdapter(blocks, notes)
    turns = conversation.adapt(messages)
    join_system(adapted, conversation.leading_system, blocks)
    adapt_tools(adapted, notes)
    adapt_limits(adapted, target.capabilities, notes)
    adapt_thinking(adapted, turns, target.capabilities, notes)
    adapt_sampling(adapted, target.capabilities, notes)
    _adapt_metadata(adapted, notes)
    append_system(adapted, adapt_output_format(adapted, body.get("output_format"), notes))
    adapted["messages"] = conversation.ended(turns, prefill=target.capabilities.prefill)
    _adapt_betas(adapted, body, headers, target, notes)
    return adapted


def _known_fields(body: JsonObject, notes: Notes) -> JsonObject:
    for key in body:
        if key not in BODY_FIELDS and key not in _READ_ELSEWHERE:
            notes.dropped(key, "Bedrock does not know this field")
    return {key: value for key in BODY_FIELDS if (value := body.get(key)) is not None}


def _adapt_metadata(body: JsonObject, notes: Notes) -> None:
    metadata = body.pop("metadata", None)
    if not isinstance(metadata, dict):
        return
    for key in metadata.keys() - {"user_id"}:
        notes.dropped(f"metadata.{key}", "Bedrock takes only the user id")
    if isinstance(metadata.get("user_id"), str):
        body["metadata"] = {"user_id": metadata["user_id"]}


def _adapt_betas(
    adapted: JsonObject, body: JsonObject, headers: Mapping[str, str], target: Target, notes: Notes
) -> None:
    asked = [flag.strip() for flag in headers.get("anthropic-beta", "").split(",") if flag.strip()]
    asked += _flags(adapted.pop("anthropic_beta", None)) + _flags(body.get("betas"))
    newest = target.capabilities.thinking == "adaptive"
    kept, dropped = resolve_betas(asked, target.model, newest=newest)
    if kept:
        adapted["anthropic_beta"] = kept
    for flag in dropped:
        notes.dropped(f"anthropic-beta: {flag}", "Bedrock does not take this flag")


def _flags(value: Any) -> list[str]:
    return [flag for flag in value if isinstance(flag, str)] if isinstance(value, list) else []
