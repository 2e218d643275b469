"""SAP's orchestration service: `/v2/completion` buffered and streamed, `/v2/embeddings`, and v1's farewell.

Direction of a user text beside the usual ones: `[[sim: extra throttled 30]]` fails with 429 and that delay.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer, text_answer
from proxy_core.simulator.mind.brain import plan
from proxy_core.simulator.mind.conversation import Plan
from proxy_core.simulator.orchestration.answer import OrchestrationAnswer
from proxy_core.simulator.orchestration.embeddings import embeddings_result
from proxy_core.simulator.orchestration.errors import OrchestrationError, error_body, flat_error_body
from proxy_core.simulator.orchestration.llm import LLM, check_llm, check_model, decode_conversation
from proxy_core.simulator.orchestration.prompt import render_messages
from proxy_core.simulator.orchestration.schema import COMPLETION_BODY, EMBEDDINGS_BODY
from proxy_core.simulator.validation.json_body import NotAnObjectError, NotUnicodeError, read_object
from proxy_core.simulator.validation.jsonschema_words import JsonSchemaWords
from proxy_core.simulator.validation.shapes import Obj, RefusalError, check

__all__ = ["handle"]

_BODY = "Request Body"
_INPUT_FILTER = "Filtering Module - Input Filter"
_PROMPT_FILTERED = "Prompt filtered due to safety violations. Please modify the prompt and try again."
_AZURE_FILTERED = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please "
    "modify your prompt and retry."
)
_RETIRED = "This version of the completion endpoint is retired. Use /v2/completion."
_PASSED = {
    "message": "Filtering passed successfully. ",
    "data": {"azure_content_safety": {"Hate": 0, "SelfHarm": 0}},
}


def handle(call: Call) -> Answer | Stream:
    """Answer one call; refusals carry the service's own texts."""
    request_id = str(uuid.uuid5(uuid.NAMESPACE_OID, call.body.hex()))
    if call.method != "POST":
        return text_answer(404, "")
    try:
        match call.path:
            case "/v2/completion":
                return _complete(call, _decode(call.body, COMPLETION_BODY), request_id)
            case "/v2/embeddings":
                result = embeddings_result(_decode(call.body, EMBEDDINGS_BODY))
                return json_answer(200, {"request_id": request_id, "final_result": result})
            case "/completion":
                return json_answer(400, flat_error_body(OrchestrationError(_BODY, _RETIRED), request_id))
            case _:
                return text_answer(404, "")
    except OrchestrationError as error:
        return json_answer(error.code, error_body([error], request_id))


def _decode(raw: bytes, shape: Obj) -> dict[str, Any]:
    try:
        body = read_object(raw)
    except (NotAnObjectError, NotUnicodeError):
        raise OrchestrationError(_BODY, "The request body is not valid JSON.") from None
    try:
        check(shape, body, JsonSchemaWords())
    except RefusalError as refusal:
        raise OrchestrationError(_BODY, refusal.message) from refusal
    return body


def _complete(call: Call, body: Mapping[str, Any], request_id: str) -> Answer | Stream:
    """Try each configuration in order; the last failure gives the status."""
    config = body["config"]
    streams = config.get("stream", {}).get("enabled", False)
    choices = config["modules"] if isinstance(config["modules"], list) else [config["modules"]]
    errors: list[OrchestrationError] = []
    for modules in choices:
        try:
            answer = _attempt(call, body, modules, request_id, streams=streams, failed=errors)
        except OrchestrationError as error:
            errors.append(error)
            continue
        return Stream(_sse(answer)) if streams else json_answer(200, answer.whole())
    if streams and errors[-1].location == LLM and errors[-1].results is not None:
        return Stream(_failed_stream(errors, request_id))
    return json_answer(errors[-1].code, error_body(errors, request_id))


def _attempt(
    call: Call,
    body: Mapping[str, Any],
    modules: Mapping[str, Any],
    request_id: str,
    *,
    streams: bool,
    failed: list[OrchestrationError],
) -> OrchestrationAnswer:
    model = modules["prompt_templating"]["model"]
    check_model(model, streams=streams)
    messages = render_messages(body, modules)
    before = _results_before(modules, messages)
    try:
        check_llm(model, messages)
        decided = plan(decode_conversation(modules, messages))
        _check_plan(decided, modules)
    except OrchestrationError as error:
        error.results = before
        raise
    failures = tuple(error.failure() for error in failed)
    return OrchestrationAnswer(decided, call.body, model["name"], request_id, before, failures)


def _results_before(modules: Mapping[str, Any], messages: list[dict[str, Any]]) -> dict[str, Any]:
    results: dict[str, Any] = {"templating": messages}
    if "input" in modules.get("filtering", {}):
        results["input_filtering"] = _PASSED
    if "masking" in modules:
        masked = json.dumps(messages, ensure_ascii=False)
        results["input_masking"] = {
            "message": "Input to LLM is masked successfully.",
            "data": {"masked_template": masked},
        }
    return results


def _check_plan(decided: Plan, modules: Mapping[str, Any]) -> None:
    """Refusals that the user's text asked for."""
    if decided.extras.get("filtered_prompt"):
        if "input" in modules.get("filtering", {}):
            raise OrchestrationError(_INPUT_FILTER, _PROMPT_FILTERED)
        raise OrchestrationError(LLM, _AZURE_FILTERED)
    if delay := decided.extras.get("throttled"):
        headers = {"Content-Type": "application/json", "x-retry-after": str(delay)}
        raise OrchestrationError("LLM", "429 - Too many requests.", code=429, prefixed=False, headers=headers)


def _data(value: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def _sse(answer: OrchestrationAnswer) -> Iterator[bytes]:
    for frame in answer.frames():
        yield _data(frame)
    yield b"data: [DONE]\n\n"


def _failed_stream(errors: list[OrchestrationError], request_id: str) -> Iterator[bytes]:
    """The model refused after the stream had begun: an error frame and no `[DONE]`."""
    yield _data(OrchestrationAnswer.first_frame(request_id, errors[-1].results or {}))
    yield _data(error_body(errors, request_id))
