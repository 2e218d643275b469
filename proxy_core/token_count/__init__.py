"""How many tokens a request has, without asking anybody: no vocabulary, no network, no state."""

from proxy_core.token_count.conversation import estimate_tokens

__all__ = ["estimate_tokens"]
