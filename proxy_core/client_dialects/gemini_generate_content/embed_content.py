"""Google's `:embedContent` and `:batchEmbedContents` to neutral requests for vectors, and vectors back.

Source: https://ai.google.dev/api/embeddings
"""

from collections.abc import Callable, Mapping
from typing import Any

from proxy_core.client_dialects.gemini_generate_content.fields import Fields, refused
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Action, Diagnostic
from proxy_core.neutral.embeddings import EmbeddingRequest, EmbeddingResponse, InputType

__all__ = ["GeminiBatchEmbedContents", "GeminiEmbedContent"]

_MOST_REQUESTS = 2048
_OPTIONS = ("taskType", "title", "outputDimensionality", "autoTruncate")
_SINGLE_READ = frozenset({"model", "stream", "content", "embedContentConfig", *_OPTIONS})
_BATCH_READ = frozenset({"model", "stream", "requests"})
_TASKS: Mapping[str, InputType | None] = {
    "TASK_TYPE_UNSPECIFIED": None,
    "RETRIEVAL_QUERY": "query",
    "RETRIEVAL_DOCUMENT": "document",
    "SEMANTIC_SIMILARITY": "similarity",
    "CLASSIFICATION": "classification",
    "CLUSTERING": "clustering",
    "QUESTION_ANSWERING": "query",
    "FACT_VERIFICATION": "query",
    "CODE_RETRIEVAL_QUERY": "query",
}
_INEXACT = frozenset({"QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"})
"""Kinds of queries that SAP does not list."""
_NO_COUNTERPART = "embedding models do not know it"


class GeminiEmbedContent:
    """One text, one vector. The gateway puts `model`, which this wire has in its path, into the body."""

    def decode_request(self, body: JsonObject) -> EmbeddingRequest:
        """Raises `ClientError` whose `param` is the JSON path of the field at fault."""
        fields = Fields(body, "")
        return _build(fields.required_text("model"), [fields], [])

    def encode_response(self, response: EmbeddingResponse, request: EmbeddingRequest, model: str) -> JsonObject:  # noqa: ARG002 - this wire repeats neither
        return {"embedding": {"values": response.vectors[0]}, **_usage(response)}


class GeminiBatchEmbedContents:
    """A list of texts, which share their task and their size."""

    def decode_request(self, body: JsonObject) -> EmbeddingRequest:
        """Raises `ClientError` whose `param` is the JSON path of the field at fault."""
        fields = Fields(body, "")
        model = fields.required_text("model")
        requests = fields.get("requests")
        if not isinstance(requests, list) or not 0 < len(requests) <= _MOST_REQUESTS:
            raise refused(fields.where("requests"), f"a list of 1 to {_MOST_REQUESTS} requests")
        items = [Fields(item, f"requests[{index}]") for index, item in enumerate(requests)]
        for item in items:
            _check_model(item, model)
        notes = [Diagnostic(name, _NO_COUNTERPART) for name in fields.unknown(_BATCH_READ)]
        return _build(model, items, notes)

    def encode_response(self, response: EmbeddingResponse, request: EmbeddingRequest, model: str) -> JsonObject:  # noqa: ARG002 - this wire repeats neither
        return {"embeddings": [{"values": vector} for vector in response.vectors], **_usage(response)}


def _usage(response: EmbeddingResponse) -> JsonObject:
    return {"usageMetadata": {"promptTokenCount": response.input_tokens}}


def _check_model(item: Fields, model: str) -> None:
    named = item.text("model")
    if named is not None and named.removeprefix("models/") != model.removeprefix("models/"):
        raise refused(item.where("model"), f"`models/{model}`, as in the path")


def _build(model: str, items: list[Fields], notes: list[Diagnostic]) -> EmbeddingRequest:
    for item in items:
        notes += [Diagnostic(item.where(name), _NO_COUNTERPART) for name in item.unknown(_SINGLE_READ)]
    task = _shared(items, "taskType", _task_of)
    if task in _INEXACT:
        notes.append(Diagnostic("taskType", "it is taken for RETRIEVAL_QUERY", Action.CHANGED))
    truncates = _shared(items, "autoTruncate", _flag_of)
    return EmbeddingRequest(
        model=model,
        inputs=tuple(map(_text_of, items)),
        base64=False,
        dimensions=_shared(items, "outputDimensionality", _size_of),
        input_type=_TASKS[task] if task else None,
        truncate=None if truncates is None else "END" if truncates else "NONE",
        title=_shared(items, "title", Fields.text),
        diagnostics=tuple(dict.fromkeys(notes)),
    )


def _shared(items: list[Fields], name: str, read: Callable[[Fields, str], Any]) -> Any:
    """The value of an option, which all requests of a batch must agree on."""
    values = [read(holder, name) for holder in (_holder(item, name) for item in items)]
    for item, value in zip(items, values, strict=True):
        if value != values[0]:
            raise refused(_holder(item, name).where(name), "the same in all requests of a batch here")
    return values[0]


def _holder(item: Fields, name: str) -> Fields:
    """The object that has the option: newer clients put all of them into one of their own."""
    config = item.child("embedContentConfig")
    return item if config is None or config.get(name) is None else config


def _task_of(fields: Fields, name: str) -> str | None:
    task = fields.text(name)
    if task is not None and task.upper() not in _TASKS:
        raise refused(fields.where(name), "one of " + ", ".join(_TASKS))
    return task and task.upper()


def _size_of(fields: Fields, name: str) -> int | None:
    size = fields.integer(name)
    if size is not None and size < 1:
        raise refused(fields.where(name), "at least 1")
    return size


def _flag_of(fields: Fields, name: str) -> bool | None:
    return None if fields.get(name) is None else fields.flag(name)


def _text_of(item: Fields) -> str:
    content = item.child("content")
    if content is None:
        raise refused(item.where("content"), "an object with `parts`")
    texts = [
        _part_text(Fields(part, f"{content.where('parts')}[{index}]"))
        for index, part in enumerate(content.items("parts"))
    ]
    text = "\n".join(filter(None, texts))
    if not text:
        raise refused(content.where("parts"), "a list with a text that is not empty")
    return text


def _part_text(part: Fields) -> str:
    text = part.text("text")
    if text is None:
        raise ClientError(f"`{part.path}` must have `text`: vectors are made of texts only.", param=part.path)
    return text
