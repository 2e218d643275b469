"""The native route: a client of Google's wire and a Gemini deployment.

The written rule. Of the request: `model` and `stream` stand in the path; ids of calls and results go, since AI Core
refuses them; a turn without a role is the user's, and neighbouring turns of one role become one, since Google's own
clients keep a turn for each frame of a stream; thoughts that another vendor signed go, and its proof over a call
becomes the placeholder that Gemini takes; base64 for URLs becomes plain base64; a thinking budget becomes a level
where the model takes levels, and the other way round, and a budget outside the model's range the nearest in it. Of
the answer: `modelVersion` becomes the client's name. All else passes, but a wrong type is refused at its place
(`body_types`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from proxy_core.errors import ClientError, UpstreamError
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.diagnostics import Diagnostic
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.base import FetchFile, StreamAdapter, Target, UpstreamRequest
from proxy_core.upstream_families.gemini.answers import cut_off_error, failure_of, parse_answer, read_usage
from proxy_core.upstream_families.gemini.body_types import check_types
from proxy_core.upstream_families.gemini.json_values import JsonObjectReader
from proxy_core.upstream_families.gemini.requests import build_path
from proxy_core.upstream_families.gemini.thinking import adapt_thinking
from proxy_core.wire.gemini import SIGNATURE_PLACEHOLDER, Wire
from proxy_core.wire.gemini_signatures import is_foreign, standard_base64

__all__ = ["GeminiRoute"]

_BLANK = b" \t\r\n\xef\xbb\xbf"
_OF_THE_PATH = frozenset({"model", "stream"})
_WITH_ID = ("functionCall", "function_call", "functionResponse", "function_response")
_CALLS = ("functionCall", "function_call")
_CONFIG = ("generationConfig", "generation_config")
_THINKING = ("thinkingConfig", "thinking_config")
_MAXIMUM = ("maxOutputTokens", "max_output_tokens")
_DATA = ("inlineData", "inline_data")
_SIGNATURES = ("thoughtSignature", "thought_signature")
_SIGNS = (b'"finishReason"', b'"error"')
"""What marks frames that must be read."""
_FOREIGN_THOUGHT = Diagnostic("contents[].parts[].thoughtSignature", "it is another vendor's")


class GeminiRoute:
    """The `NativeRoute` for `gemini.generate_content`."""

    def adapt_request(
        self,
        body: JsonObject,
        headers: Mapping[str, str],  # noqa: ARG002 - no header of this wire concerns the model
        target: Target,
        fetch: FetchFile,  # noqa: ARG002 - Gemini fetches files itself
    ) -> UpstreamRequest:
        check_types(body)
        notes: list[Diagnostic] = []
        adapted = {key: value for key, value in body.items() if key not in _OF_THE_PATH}
        adapted["contents"] = _adapt_contents(body.get("contents"), notes)
        for key in _CONFIG:
            if isinstance(config := body.get(key), dict):
                adapted[key] = _adapt_config(config, target, notes)
        path = build_path(target.model, body.get("stream") is True)
        return UpstreamRequest(path, adapted, diagnostics=tuple(dict.fromkeys(notes)))

    def adapt_response(self, body: bytes, sent: UpstreamRequest, target: Target) -> tuple[bytes, Usage]:  # noqa: ARG002 - the answer tells all
        """Raises `UpstreamError` when the body holds an error or no answer."""
        answer = parse_answer(body)
        if not isinstance(answer, dict) or "error" in answer:
            raise failure_of(answer)
        answer["modelVersion"] = target.public_model
        return dump_json(answer), read_usage(answer.get("usageMetadata") or {})

    def stream_adapter(self, body: JsonObject, sent: UpstreamRequest, target: Target) -> StreamAdapter:  # noqa: ARG002 - the answer tells all
        return GeminiStreamAdapter(target.public_model)


class GeminiStreamAdapter:
    """Adapts one stream to server-sent events; after the first content only the last frame is read."""

    def __init__(self, model: str) -> None:
        self.content_started = False
        self.usage: Usage | None = None
        self._model = b'"modelVersion":' + dump_json(model)
        self._name = model
        self._known: bytes | None = None
        self._frames: SseReader | JsonObjectReader | None = None
        self._finished = False
        self._error: UpstreamError | None = None

    def feed(self, data: bytes) -> bytes:
        """What came before an error is passed on first, once content has started."""
        if self._error is not None:
            raise self._error
        if self._frames is None:
            data = data.lstrip(_BLANK)
            if not data:
                return b""
            self._frames = JsonObjectReader() if data[:1] in (b"[", b"{") else SseReader()
        return self._adapted(self._frames.feed(data))

    def close(self) -> bytes:
        """Raises `UpstreamError` when no end was seen."""
        out = self._adapted(self._frames.close()) if self._frames is not None else b""
        if self._error is not None:
            raise self._error
        if not self._finished:
            raise cut_off_error()
        return out

    def _adapted(self, payloads: Sequence[bytes]) -> bytes:
        out: list[bytes] = []
        for payload in payloads:
            try:
                out += (b"data: ", self._adapt(payload), b"\r\n\r\n")
            except UpstreamError as error:
                if not self.content_started or not out:
                    raise
                self._error = error
                break
        return b"".join(out)

    def _adapt(self, payload: bytes) -> bytes:
        if self.content_started and self._known is not None and not any(sign in payload for sign in _SIGNS):
            return payload.replace(self._known, self._model)
        frame = parse_answer(payload)
        if not isinstance(frame, dict) or "error" in frame:
            raise failure_of(frame)
        self._learn(frame, payload)
        self._watch(frame)
        frame["modelVersion"] = self._name
        return dump_json(frame)

    def _learn(self, frame: JsonObject, payload: bytes) -> None:
        """How this stream spells the model's name."""
        for space in (b"", b" "):
            spelt = b'"modelVersion":' + space + dump_json(frame.get("modelVersion"))
            if spelt in payload:
                self._known = spelt

    def _watch(self, frame: JsonObject) -> None:
        if isinstance(usage := frame.get("usageMetadata"), dict):
            self.usage = read_usage(usage)
        blocked = bool(frame.get("promptFeedback"))
        for candidate in frame.get("candidates") or ():
            self._finished = self._finished or bool(candidate.get("finishReason"))
            if (candidate.get("content") or {}).get("parts"):
                self.content_started = True
        self._finished = self._finished or blocked
        self.content_started = self.content_started or self._finished


def _adapt_config(config: Wire, target: Target, notes: list[Diagnostic]) -> Wire:
    adapted = dict(config)
    limits = (config.get(key) for key in _MAXIMUM)
    maximum = next((limit for limit in limits if type(limit) is int), None)
    for key in _THINKING:
        if isinstance(thinking := config.get(key), dict):
            fitting = adapt_thinking(thinking, target, maximum, notes)
            adapted[key] = fitting
            if fitting is None:
                del adapted[key]
    return adapted


def _adapt_contents(contents: Any, notes: list[Diagnostic]) -> list[Any]:
    if isinstance(contents, dict):
        contents = [contents]
    if not isinstance(contents, list) or not contents:
        raise ClientError("`contents` must be a list with at least one turn.", param="contents")
    turns: list[Any] = []
    for index, content in enumerate(contents):
        turn = _adapt_content(content, f"contents[{index}]", notes)
        if turns and turns[-1]["role"] == turn["role"]:
            turns[-1]["parts"] += turn["parts"]
        else:
            turns.append(turn)
    for turn in turns:
        turn["parts"] = _without_blanks(turn["parts"])
    return turns


def _without_blanks(parts: list[Wire]) -> list[Wire]:
    """Empty texts mark the ends of frames; one stays where nothing else is said."""
    return [part for part in parts if part != {"text": ""}] or [{"text": ""}]


def _adapt_content(content: Any, path: str, notes: list[Diagnostic]) -> JsonObject:
    if not isinstance(content, dict):
        raise ClientError(f"`{path}` must be an object with `role` and `parts`.", param=path)
    parts = content.get("parts")
    if isinstance(parts, dict):
        parts = [parts]
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise ClientError(f"`{path}.parts` must be a list of objects.", param=f"{path}.parts")
    kept = [adapted for part in parts if (adapted := _adapt_part(part, notes)) is not None]
    return {"role": "user", **content, "parts": kept}


def _adapt_part(part: Wire, notes: list[Diagnostic]) -> Wire | None:
    adapted = {key: _adapt_field(key, value) for key, value in part.items()}
    signature = next((key for key in _SIGNATURES if isinstance(part.get(key), str)), None)
    if signature is None:
        return adapted
    if not is_foreign(part[signature]):
        return {**adapted, signature: _as_vertex_takes_it(part[signature])}
    notes.append(_FOREIGN_THOUGHT)
    if any(key in part for key in _CALLS):
        return {**adapted, signature: SIGNATURE_PLACEHOLDER}
    del adapted[signature]
    return None if part.get("thought") or not part.get("text") else adapted


def _adapt_field(key: str, value: Any) -> Any:
    if key in _WITH_ID and isinstance(value, dict):
        return {name: inner for name, inner in value.items() if name != "id"}
    if key in _DATA and isinstance(value, dict) and isinstance(data := value.get("data"), str):
        return {**value, "data": standard_base64(data)}
    return value


def _as_vertex_takes_it(signature: str) -> str:
    return signature if signature == SIGNATURE_PLACEHOLDER else standard_base64(signature)
