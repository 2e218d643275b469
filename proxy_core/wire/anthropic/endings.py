"""Stop reasons, both ways."""

from proxy_core.neutral.messages import FinishKind, FinishReason

__all__ = ["decode_finish", "encode_stop_reason"]

_KIND_BY_REASON: dict[str, FinishKind] = {
    "end_turn": FinishKind.STOP,
    "pause_turn": FinishKind.STOP,
    "stop_sequence": FinishKind.STOP_SEQUENCE,
    "max_tokens": FinishKind.LENGTH,
    "model_context_window_exceeded": FinishKind.LENGTH,
    "tool_use": FinishKind.TOOL_CALLS,
    "refusal": FinishKind.CONTENT_FILTER,
}
_REASON_BY_KIND: dict[FinishKind, str] = {
    FinishKind.STOP: "end_turn",
    FinishKind.STOP_SEQUENCE: "stop_sequence",
    FinishKind.LENGTH: "max_tokens",
    FinishKind.TOOL_CALLS: "tool_use",
    FinishKind.CONTENT_FILTER: "refusal",
}


def decode_finish(reason: str | None, sequence: str | None, *, has_tool_calls: bool) -> FinishReason:
    """`stop_reason` and `stop_sequence` to the reason. An unknown word counts as a normal end; tool calls
    in the answer decide over the word."""
    kind = _KIND_BY_REASON.get(reason or "", FinishKind.STOP)
    return FinishReason(kind.beside(tool_calls=has_tool_calls), raw=reason, stop_sequence=sequence)


def encode_stop_reason(finish: FinishReason) -> str:
    """A word of this wire, the upstream's own where it is one and says the same. Clients repeat the whole
    conversation for a word they do not know."""
    if finish.raw is not None and _KIND_BY_REASON.get(finish.raw) is finish.kind:
        return finish.raw
    return _REASON_BY_KIND[finish.kind]
