"""Which path means what. Pure tables and functions: no request, no Flask.

Clients differ in what they append to a base URL, so every endpoint is served with and without `/v1`, with
`/v1/v1`, and below `/openai` and `/anthropic`. A trailing slash does not matter.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

__all__ = [
    "ANTHROPIC",
    "EVENT_LOGGING_PATHS",
    "GEMINI",
    "GEMINI_ACTIONS",
    "HOT_ROUTES",
    "MODEL_PATHS",
    "OPENAI",
    "PROBE_PATHS",
    "RESPONSES",
    "RESPONSES_PATHS",
    "STATUS_PATHS",
    "TRY_AGAIN_PATHS",
    "Endpoint",
    "is_google_client",
    "resolve_dialect",
    "resolve_hot_route",
    "spellings",
]

OPENAI = "openai.chat"
ANTHROPIC = "anthropic.messages"
RESPONSES = "openai.responses"
GEMINI = "gemini.generate_content"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route that calls a model, or asks for a response that is kept. `path_model` is the model that an
    Azure-style path names, `kept_id` the response that the path names, `path_stream` whether it asks for a stream.
    A `local` one is answered here and takes no place among the streams."""

    name: str
    dialect: str
    path_model: str | None = None
    methods: tuple[str, ...] = ("POST",)
    kept_id: str | None = None
    path_stream: bool | None = None
    local: bool = False


_VENDORS = ("", "/openai", "/anthropic")
_VERSIONS = ("", "/v1", "/v1/v1")
_AZURE_START = "/openai/deployments/"


def spellings(path: str) -> tuple[str, ...]:
    """All paths, without a trailing slash, that mean `path` (which begins with a slash)."""
    return tuple(vendor + version + path for vendor, version in product(_VENDORS, _VERSIONS))


_CHAT = Endpoint("chat_completions", OPENAI)
_EMBEDDINGS = Endpoint("embeddings", OPENAI)
_TRANSCRIPTIONS = Endpoint("transcriptions", OPENAI)
_AZURE_ENDS = {
    "/chat/completions": _CHAT,
    "/embeddings": _EMBEDDINGS,
    "/audio/transcriptions": _TRANSCRIPTIONS,
}
_HOT_PATHS = {
    "/chat/completions": _CHAT,
    "/chat/completion": _CHAT,
    "/embeddings": _EMBEDDINGS,
    "/audio/transcriptions": _TRANSCRIPTIONS,
    "/messages": Endpoint("messages", ANTHROPIC),
    "/messages/count_tokens": Endpoint("count_tokens", ANTHROPIC, local=True),
    "/responses": Endpoint("responses", RESPONSES),
    "/responses/compact": Endpoint("responses_compact", "openai.responses.compact"),
}
HOT_ROUTES: Mapping[str, Endpoint] = {
    spelling: endpoint for path, endpoint in _HOT_PATHS.items() for spelling in spellings(path)
}
GEMINI_ACTIONS: Mapping[str, tuple[str, bool]] = {
    "generateContent": ("generate_content", False),
    "streamGenerateContent": ("generate_content", True),
    "countTokens": ("count_tokens", False),
    "embedContent": ("embed_content", False),
    "batchEmbedContents": ("batch_embed_contents", False),
}
_GEMINI_VERSIONS = ("/v1beta", "/v1/v1beta", "/v1alpha", "/v1beta1")
_GEMINI_CALL = re.compile(
    r"(?:/openai|/anthropic)?(?:/v1)?(?:/v1|/v1beta|/v1alpha|/v1beta1)?(?:/projects/[^/]+/locations/[^/]+)?"
    rf"(?:/publishers/[^/]+)?/models/(?P<model>.+):(?P<action>{'|'.join(GEMINI_ACTIONS)})"
)
MODEL_PATHS = (*spellings("/models"), *(f"{version}/models" for version in _GEMINI_VERSIONS))
RESPONSES_PATHS = spellings("/responses")
_RESPONSES_SPELLINGS = frozenset(RESPONSES_PATHS)
_KEPT: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "": ("response", ("GET", "DELETE")),
    "cancel": ("response_cancel", ("POST",)),
    "input_items": ("response_input_items", ("GET",)),
}
"""What may stand below a kept response."""
STATUS_PATHS = spellings("/status")
TRY_AGAIN_PATHS = spellings("/status/reset")
EVENT_LOGGING_PATHS = spellings("/api/event_logging/batch")
PROBE_PATHS = frozenset(
    {"/", *(spelling for path in ("", "/health", "/api/hello") for spelling in spellings(path))}
)
"""Served without a key. They say nothing but that the program runs."""


def resolve_hot_route(path: str) -> Endpoint | None:
    """The model call that a path means, or None."""
    return (
        HOT_ROUTES.get(path)
        or HOT_ROUTES.get(path.rstrip("/"))
        or _azure_route(path)
        or _gemini_route(path)
        or _kept_route(path)
    )


def _azure_route(path: str) -> Endpoint | None:
    path = path.rstrip("/")
    if not path.startswith(_AZURE_START):
        return None
    for end, endpoint in _AZURE_ENDS.items():
        model = path[len(_AZURE_START) : -len(end)]
        if path.endswith(end) and model:
            return replace(endpoint, path_model=model)
    return None


def _gemini_route(path: str) -> Endpoint | None:
    """`/v1beta/models/{model}:generateContent` and its kin, also in the long form of Vertex."""
    found = _GEMINI_CALL.fullmatch(path.rstrip("/"))
    if found is None:
        return None
    name, stream = GEMINI_ACTIONS[found["action"]]
    return Endpoint(name, GEMINI, found["model"], path_stream=stream, local=name == "count_tokens")


def _kept_route(path: str) -> Endpoint | None:
    """`/responses/{id}` and what lies below it."""
    before, found, after = path.rstrip("/").partition("/responses/")
    identity, _, action = after.partition("/")
    if not found or not identity or f"{before}/responses" not in _RESPONSES_SPELLINGS or action not in _KEPT:
        return None
    name, methods = _KEPT[action]
    return Endpoint(name, RESPONSES, methods=methods, kept_id=identity)


def is_google_client(headers: Mapping[str, str]) -> bool:
    """Whether a request to a path of several dialects comes from a client of Google's wire. Header names are lower
    case."""
    return "x-goog-api-client" in headers or "x-goog-api-key" in headers


def resolve_dialect(path: str, headers: Mapping[str, str]) -> str:
    """The wire format in which to tell an error. The path decides; where it does not tell, the header
    `anthropic-version` or one of Google's does, since the key headers of the other two dialects are used across."""
    endpoint = resolve_hot_route(path)
    if endpoint is not None:
        return endpoint.dialect
    if path.startswith(_GEMINI_VERSIONS) or is_google_client(headers):
        return GEMINI
    if headers.get("anthropic-version") or path.startswith("/anthropic") or "/messages" in path:
        return ANTHROPIC
    return OPENAI
