"""Which handler serves a path of a deployment. Two literal tables, no logic of any family."""

import re
from collections.abc import Callable

from proxy_core.simulator import (
    azure,
    bedrock_converse,
    bedrock_invoke,
    gemini,
    openai_like,
    orchestration,
    titan,
)
from proxy_core.simulator.exchange import Answer, Call, Stream

__all__ = ["Handler", "find_handler"]

Handler = Callable[[Call], Answer | Stream]

HANDLERS: dict[tuple[str, str], Handler] = {
    ("azure-openai", "/chat/completions"): azure.handle,
    ("azure-openai", "/embeddings"): azure.handle,
    ("azure-openai", "/responses"): azure.handle_responses,
    ("azure-openai", "/responses/*"): azure.handle_responses,
    ("azure-openai", "/responses/*/cancel"): azure.handle_responses,
    ("aws-bedrock", "/invoke"): bedrock_invoke.handle,
    ("aws-bedrock", "/invoke-with-response-stream"): bedrock_invoke.handle,
    ("aws-bedrock", "/converse"): bedrock_converse.handle,
    ("aws-bedrock", "/converse-stream"): bedrock_converse.handle,
    ("gcp-vertexai", "/models/*"): gemini.handle,
    ("orchestration", "/v2/completion"): orchestration.handle,
    ("orchestration", "/v2/embeddings"): orchestration.handle,
    ("orchestration", "/completion"): orchestration.handle,
    ("aicore-mistralai", "/chat/completions"): openai_like.handle,
    ("aicore-opensource", "/chat/completions"): openai_like.handle,
}
"""By executable and path; `*` stands for one path segment."""

OWN_HANDLERS: dict[tuple[str, str], Handler] = {
    ("amazon--titan-embed-text", "/invoke"): titan.handle,
    ("amazon--titan-embed-image", "/invoke"): titan.handle,
}
"""Models that differ from their executable's rule."""


def find_handler(executable: str, path: str, model: str) -> Handler | None:
    """None when the deployment has no such path."""
    if own := OWN_HANDLERS.get((model, path)):
        return own
    for (name, pattern), handler in HANDLERS.items():
        if name == executable and re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]+"), path):
            return handler
    return None
