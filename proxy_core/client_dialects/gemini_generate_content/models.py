"""The model list in Gemini's shape. Source: https://ai.google.dev/api/models"""

from collections.abc import Mapping

from proxy_core.json_text import JsonObject
from proxy_core.model_names import ModelKind, parse_model_name

__all__ = ["encode_model", "encode_model_list"]

_METHODS: Mapping[ModelKind, tuple[str, ...]] = {
    "chat": ("generateContent", "streamGenerateContent", "countTokens"),
    "embeddings": ("embedContent", "batchEmbedContents"),
}


def encode_model_list(listing: JsonObject) -> JsonObject:
    """From OpenAI's list; only models that are served on this wire."""
    return {"models": [encode_model(entry) for entry in listing["data"] if _methods(entry)]}


def encode_model(entry: JsonObject) -> JsonObject:
    """From an entry of OpenAI's list."""
    model: JsonObject = {
        "name": f"models/{entry['id']}",
        "version": "latest",
        "displayName": entry.get("display_name") or entry["id"],
        "supportedGenerationMethods": list(_methods(entry)),
    }
    limits = {"inputTokenLimit": entry.get("context_length"), "outputTokenLimit": entry.get("max_output_tokens")}
    return model | {key: value for key, value in limits.items() if value}


def _methods(entry: JsonObject) -> tuple[str, ...]:
    return _METHODS.get(parse_model_name(entry["id"]).kind, ())
