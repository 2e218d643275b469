"""Sampling to Gemini's `generationConfig`."""

from typing import Any

from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.messages import ChatRequest
from proxy_core.upstream_families.base import Target
from proxy_core.upstream_families.gemini.thinking import encode_thinking
from proxy_core.wire.gemini import MOST_STOP_SEQUENCES, Wire

__all__ = ["encode_generation"]


def encode_generation(request: ChatRequest, target: Target, notes: list[Diagnostic]) -> Wire:
    """The `generationConfig` without the output format; empty when nothing is asked."""
    sampling = request.sampling
    config: dict[str, Any] = {
        "maxOutputTokens": _max_tokens(sampling.max_output_tokens, target, notes),
        "temperature": sampling.temperature,
        "topP": sampling.top_p,
        "topK": sampling.top_k,
        "stopSequences": _stop_sequences(sampling.stop, notes),
        "seed": sampling.seed,
        "presencePenalty": sampling.presence_penalty,
        "frequencyPenalty": sampling.frequency_penalty,
        "thinkingConfig": encode_thinking(request, target, notes),
    }
    return {key: value for key, value in config.items() if value is not None}


def _max_tokens(wanted: int | None, target: Target, notes: list[Diagnostic]) -> int | None:
    limit = target.capabilities.max_output_tokens
    if wanted is None or limit is None or wanted <= limit:
        return wanted
    notes.append(Diagnostic("max_tokens", f"{target.model} gives at most {limit} tokens", Action.CHANGED))
    return limit


def _stop_sequences(wanted: tuple[str, ...], notes: list[Diagnostic]) -> list[str] | None:
    sequences = [text for text in wanted if text]
    if len(sequences) > MOST_STOP_SEQUENCES:
        notes.append(Diagnostic("stop", f"Gemini takes {MOST_STOP_SEQUENCES} stop sequences", Action.CHANGED))
    return sequences[:MOST_STOP_SEQUENCES] or None
