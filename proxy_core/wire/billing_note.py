"""The note to Anthropic's billing that Claude Code writes at the head of its system prompt. No translation.

Only Anthropic's own service reads it. Its text changes from prompt to prompt, so that it would defeat the prompt
caches of every other model; routers pass it on in bodies of any wire.
"""

from typing import Any

__all__ = ["is_billing_note"]

_OPENING = "x-anthropic-billing-header:"


def is_billing_note(text: Any) -> bool:
    return isinstance(text, str) and text.startswith(_OPENING)
