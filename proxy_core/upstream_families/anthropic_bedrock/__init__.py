"""Claude on AWS Bedrock, by `/invoke` and `/invoke-with-response-stream`.

Both paths, native and neutral, end in the same request rules: the neutral one writes an Anthropic body
first, and then both pass `adapt.py`.
"""

from proxy_core.upstream_families.anthropic_bedrock.family import AnthropicBedrock

__all__ = ["AnthropicBedrock"]
