"""Beta flags: what a client sends in the `anthropic-beta` header and what Bedrock takes in its body.

Bedrock answers an unknown flag with `invalid beta flag` and does not say which, so only the flags of this
table pass. Source: probes of the real service, and https://github.com/anthropics/claude-code/issues/49370.
"""

import re
from collections.abc import Iterable

__all__ = ["resolve_betas"]

_RENAMED = {"advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19"}

_ACCEPTED_BY_ALL = frozenset({"interleaved-thinking-2025-05-14"})
_ACCEPTED_UP_TO_4_6 = _ACCEPTED_BY_ALL | {
    "claude-code-20250219",
    "context-management-2025-06-27",
    "structured-outputs-2025-12-15",
    "tool-search-tool-2025-10-19",
}
_ACCEPTED_BY_SONNET_4 = _ACCEPTED_UP_TO_4_6 | {"context-1m-2025-08-07"}
"""Only Sonnet 4 and 4.5 need a flag for one million tokens of context; later models refuse it."""

_SONNET_4 = re.compile(r"(4([.-]5)?-sonnet|sonnet-4([.-]5)?)(?![.-]?\d)", re.IGNORECASE)


def resolve_betas(asked: Iterable[str], model: str, *, newest: bool) -> tuple[list[str], list[str]]:
    """The flags to send to `model` (SAP's name), and those left out. `newest` is true from Claude 4.7 on."""
    accepted = _accepted_by(model, newest=newest)
    kept: dict[str, None] = {}
    dropped: dict[str, None] = {}
    for flag in asked:
        name = _RENAMED.get(flag, flag)
        (kept if name in accepted else dropped)[name] = None
    return list(kept), list(dropped)


def _accepted_by(model: str, *, newest: bool) -> frozenset[str]:
    if newest:
        return _ACCEPTED_BY_ALL
    return _ACCEPTED_BY_SONNET_4 if _SONNET_4.search(model) else _ACCEPTED_UP_TO_4_6
