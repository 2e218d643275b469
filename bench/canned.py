"""The bytes that the bench's upstream answers with: what the real services send, in size and shape.

`@@@@@@@@@@@@@@@@` is where the upstream writes the time in microseconds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["MODELS", "Canned", "write_answers"]

STAMP = "@" * 16
MARK = f"t{STAMP} "
"""The text of every streamed event; it is counted at the other end."""
_ZERO_MARK = f"t{'0' * 16} "

MODELS: Mapping[str, tuple[str, str]] = {
    "azure": ("gpt-4o", "azure-openai"),
    "claude": ("anthropic--claude-4.5-sonnet", "aws-bedrock"),
    "gemini": ("gemini-2.5-flash", "gcp-vertexai"),
}
"""Deployment id to SAP's model name and executable."""


@dataclass(frozen=True, slots=True)
class Canned:
    """One deployment's answers: a whole one, and a stream's beginning, one event of it, and its end."""

    plain: bytes
    first: bytes
    event: bytes
    last: bytes


def write_answers(directory: Path, base_url: str) -> None:
    """Write the files that the upstream reads; `base_url` is its own address."""
    token = {"access_token": f"ey{'x' * 2000}", "token_type": "bearer", "expires_in": 43_199}
    (directory / "token").write_bytes(_json(token))
    (directory / "deployments").write_bytes(_json(_deployments(base_url)))
    for name, canned in _answers().items():
        for suffix in ("plain", "first", "event", "last"):
            (directory / f"{name}.{suffix}").write_bytes(getattr(canned, suffix))


def _answers() -> Mapping[str, Canned]:
    return {"azure": _azure(), "claude": _claude(), "gemini": _gemini()}


def _deployments(base_url: str) -> dict[str, Any]:
    resources = [
        {
            "id": name,
            "createdAt": "2026-03-01T08:00:00Z",
            "status": "RUNNING",
            "targetStatus": "RUNNING",
            "details": {"resources": {"backendDetails": {"model": {"name": model, "version": "latest"}}}},
            "scenarioId": "foundation-models",
            "executableId": executable,
            "configurationName": name,
            "deploymentUrl": f"{base_url}/v2/inference/deployments/{name}",
        }
        for name, (model, executable) in MODELS.items()
    ]
    return {"count": len(resources), "resources": resources}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _frame(value: Any) -> bytes:
    return b"data: " + _json(value) + b"\n\n"


_SEVERITY = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}


def _azure() -> Canned:
    identity = {
        "created": 1_790_000_000,
        "id": "chatcmpl-BenchBenchBenchBenchBench000",
        "model": "gpt-4o-2024-08-06",
    }
    usage = {"completion_tokens": 42, "prompt_tokens": 100, "total_tokens": 142}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"content_filter_results": _SEVERITY if delta.get("content") else {}, "delta": delta,
                  "finish_reason": finish, "index": 0, "logprobs": None}  # fmt: skip
        return _frame({"choices": [choice], **identity, "object": "chat.completion.chunk",
                       "system_fingerprint": "fp_bench", "usage": None})  # fmt: skip

    message = {"content": _ZERO_MARK * 10, "refusal": None, "role": "assistant"}
    whole = {
        "choices": [{"content_filter_results": _SEVERITY, "finish_reason": "stop", "index": 0, "logprobs": None,
                     "message": message}],
        **identity, "object": "chat.completion", "system_fingerprint": "fp_bench", "usage": usage,
    }  # fmt: skip
    filters = [{"prompt_index": 0, "content_filter_results": _SEVERITY}]
    prompt_filter = {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": filters,
    }
    ending = {"choices": [], **identity, "object": "chat.completion.chunk", "usage": usage}
    return Canned(
        plain=_json(whole),
        first=_frame(prompt_filter) + chunk({"content": "", "refusal": None, "role": "assistant"}),
        event=chunk({"content": MARK}),
        last=chunk({}, "stop") + _frame(ending) + b"data: [DONE]\n\n",
    )


def _claude() -> Canned:
    identity = {"id": "msg_bdrk_01BenchBenchBenchBench", "type": "message", "role": "assistant",
                "model": "claude-sonnet-4-5-20250929"}  # fmt: skip
    usage = {
        "input_tokens": 100,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 42,
    }
    whole = {**identity, "content": [{"type": "text", "text": _ZERO_MARK * 10}], "stop_reason": "end_turn",
             "stop_sequence": None, "usage": usage}  # fmt: skip
    start: dict[str, Any] = {**identity, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    return Canned(
        plain=_json(whole),
        first=_frame({"type": "message_start", "message": start})
        + _frame({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        event=_frame({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": MARK}}),
        last=_frame({"type": "content_block_stop", "index": 0})
        + _frame({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                  "usage": {"output_tokens": 42}})
        + _frame({"type": "message_stop"}),
    )  # fmt: skip


def _gemini() -> Canned:
    identity = {
        "modelVersion": "gemini-2.5-flash",
        "createTime": "2026-08-19T14:38:06.463910Z",
        "responseId": "zr-F",
    }
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 42, "totalTokenCount": 142}

    def answer(text: str, usage: dict[str, Any], **more: Any) -> dict[str, Any]:
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, **more}
        return {"candidates": [candidate], "usageMetadata": {**usage, "trafficType": "ON_DEMAND"}, **identity}

    def frame(value: Any) -> bytes:
        return b"data: " + json.dumps(value).encode() + b"\r\n\r\n"

    return Canned(
        plain=_json(answer(_ZERO_MARK * 10, usage, finishReason="STOP")),
        first=frame(answer("", {})),
        event=frame(answer(MARK, {})),
        last=frame(answer("", usage, finishReason="STOP")),
    )
