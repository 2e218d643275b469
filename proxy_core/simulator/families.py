"""Which handler serves a path of a deployment. Two literal tables, no logic of any family."""

import re
from collections.abc import Callable

from proxy_core.simulator import nvidia, perplexity
from proxy_core.simulator.azure import family as azure
from proxy_core.simulator.azure import openai_like, transcriptions
from proxy_core.simulator.bedrock import converse, invoke, titan
from proxy_core.simulator.cohere import family as cohere
from proxy_core.simulator.exchange import Answer, Call, Stream
from proxy_core.simulator.gemini import family as gemini
from proxy_core.simulator.orchestration import family as orchestration

__all__ = ["Handler", "find_handler"]

Handler = Callable[[Call], Answer | Stream]

HANDLERS: dict[tuple[str, str], Handler] = {
    ("azure-openai", "/chat/completions"): azure.handle,
    ("azure-openai", "/embeddings"): azure.handle,
    ("azure-openai", "/audio/transcriptions"): transcriptions.handle,
    ("azure-openai", "/responses"): azure.handle_responses,
    ("azure-openai", "/responses/*"): azure.handle_responses,
    ("azure-openai", "/responses/*/cancel"): azure.handle_responses,
    ("aws-bedrock", "/invoke"): invoke.handle,
    ("aws-bedrock", "/invoke-with-response-stream"): invoke.handle,
    ("aws-bedrock", "/converse"): converse.handle,
    ("aws-bedrock", "/converse-stream"): converse.handle,
    ("gcp-vertexai", "/models/*"): gemini.handle,
    ("orchestration", "/v2/completion"): orchestration.handle,
    ("orchestration", "/v2/embeddings"): orchestration.handle,
    ("orchestration", "/completion"): orchestration.handle,
    ("aicore-mistralai", "/chat/completions"): openai_like.handle,
    ("aicore-nvidia", "/embeddings"): nvidia.handle,
    ("aicore-opensource", "/chat/completions"): openai_like.handle,
    ("aicore-cohere", "/v2/chat"): cohere.handle,
    ("perplexity-ai", "/chat/completions"): perplexity.handle,
}
"""By executable and path; `*` stands for one path segment."""

OWN_HANDLERS: dict[tuple[str, str], Handler] = {
    ("amazon--titan-embed-text", "/invoke"): titan.handle,
    ("amazon--titan-embed-image", "/invoke"): titan.handle,
}
"""Models that differ from their executable's rule."""

CONVERSE_ONLY = frozenset({"anthropic--claude-sonnet-5"})
"""Models that clients are known to reach by `/converse` and `/converse-stream` alone."""


def find_handler(executable: str, path: str, model: str) -> Handler | None:
    """None when the deployment has no such path."""
    if own := OWN_HANDLERS.get((model, path)):
        return own
    if model in CONVERSE_ONLY and path.startswith("/invoke"):
        return None
    for (name, pattern), handler in HANDLERS.items():
        if name == executable and re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]+"), path):
            return handler
    return None
