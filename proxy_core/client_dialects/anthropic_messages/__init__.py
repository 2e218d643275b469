"""The Anthropic Messages API as a client dialect."""

from proxy_core.client_dialects.anthropic_messages.dialect import AnthropicMessages

__all__ = ["AnthropicMessages"]
