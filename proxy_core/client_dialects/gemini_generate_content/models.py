"""The model list in Gemini's shape. Source: https://ai.google.dev/api/models"""

from proxy_core.json_text import JsonObject
from proxy_core.model_names import parse_model_name

__all__ = ["encode_model", "encode_model_list"]

_METHODS = ("generateContent", "streamGenerateContent", "countTokens")


def encode_model_list(listing: JsonObject) -> JsonObject:
    """From OpenAI's list; only models that chat, since no other is served on this wire."""
    return {"models": [encode_model(entry) for entry in listing["data"] if _chats(entry)]}


def encode_model(entry: JsonObject) -> JsonObject:
    """From an entry of OpenAI's list."""
    model: JsonObject = {
        "name": f"models/{entry['id']}",
        "version": "latest",
        "displayName": entry.get("display_name") or entry["id"],
        "supportedGenerationMethods": list(_METHODS) if _chats(entry) else [],
    }
    limits = {"inputTokenLimit": entry.get("context_length"), "outputTokenLimit": entry.get("max_output_tokens")}
    return model | {key: value for key, value in limits.items() if value}


def _chats(entry: JsonObject) -> bool:
    return parse_model_name(entry["id"]).kind == "chat"
