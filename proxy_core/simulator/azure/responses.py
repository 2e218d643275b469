"""Azure OpenAI's Responses API: create, read, delete, cancel, compact. It does not write the answer's wire."""

import time
from typing import Any

from proxy_core.simulator.azure.chat import NO_THOUGHT, filter_refusal
from proxy_core.simulator.azure.models import AzureModel, azure_model
from proxy_core.simulator.azure.openai_words import RefusedError, refusal_body
from proxy_core.simulator.azure.responses_answer import ResponseAnswer, usage_body
from proxy_core.simulator.azure.responses_conversation import input_items, read_responses
from proxy_core.simulator.azure.responses_rules import check_items, check_responses, sealed
from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer
from proxy_core.simulator.ids import id_text
from proxy_core.simulator.mind.brain import plan

__all__ = ["answer_responses"]

MOST_KEPT = 256
COMPACTED_TOKENS = 8


def answer_responses(call: Call, body: Any) -> Answer | Stream:
    """Raises `RefusedError` when the service would refuse the call."""
    model = azure_model(call.deployment.model)
    if model.embeds:
        text = f"The responses operation does not work with the specified model, {model.name}."
        return json_answer(400, {"error": {"code": "OperationNotSupported", "message": text}})
    match call.method, call.path.strip("/").split("/"):
        case "POST", ["responses"]:
            return create(call, body, model)
        case "POST", ["responses", "compact"]:
            return compact(call, body, model)
        case "GET", ["responses", response_id]:
            return json_answer(200, kept_response(call, response_id))
        case "DELETE", ["responses", response_id]:
            kept_response(call, response_id)
            del call.kept[key_of(call, response_id)]
            return json_answer(200, {"id": response_id, "object": "response.deleted", "deleted": True})
        case "POST", ["responses", response_id, "cancel"]:
            return cancel(call, response_id)
        case _:
            return json_answer(404, refusal_body("Invalid URL", None, None))


def create(call: Call, body: Any, model: AzureModel) -> Answer | Stream:
    check_responses(body, model)
    items = [*earlier_items(call, body), *(referred(call, item) for item in input_items(body.get("input")))]
    if not items:
        raise RefusedError("Missing required parameter: 'input'.", "input", "missing_required_parameter")
    check_items(items, model)
    effort = (body.get("reasoning") or {}).get("effort") or model.default_effort
    answer = plan(read_responses(model.name, body, items, thinks=model.reasons and effort not in NO_THOUGHT))
    if answer.extras.get("filtered_prompt"):
        return filter_refusal()
    made = ResponseAnswer(call.body, body, model, answer)
    response = made.whole()
    if body.get("store") is not False:
        keep(call, response, items)
    if body.get("background") and not body.get("stream"):
        return json_answer(200, {**response, "status": "queued", "completed_at": None, "output": [], "usage": None})
    return Stream(made.frames()) if body.get("stream") else json_answer(200, response)


def key_of(call: Call, response_id: str) -> str:
    return f"{call.deployment.id}/{response_id}"


def keep(call: Call, response: dict[str, Any], items: list[dict[str, Any]]) -> None:
    while len(call.kept) >= MOST_KEPT:
        del call.kept[next(iter(call.kept))]
    call.kept[key_of(call, response["id"])] = {"response": response, "items": items}


def kept_response(call: Call, response_id: str) -> dict[str, Any]:
    found = call.kept.get(key_of(call, response_id))
    if found is None:
        raise RefusedError(f"Response with id '{response_id}' not found.", "response_id", None, 404)
    response: dict[str, Any] = found["response"]
    return response


def earlier_items(call: Call, body: dict[str, Any]) -> list[dict[str, Any]]:
    """The conversation of `previous_response_id`, without what the model alone may read."""
    previous = body.get("previous_response_id")
    if not previous:
        return []
    found = call.kept.get(key_of(call, previous))
    if found is None:
        text = f"Previous response with id '{previous}' not found."
        raise RefusedError(text, "previous_response_id", "previous_response_not_found")
    return [*found["items"], *found["response"]["output"]]


def referred(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    """The kept item that an `item_reference` of the same deployment names; any other item itself."""
    if item.get("type") != "item_reference":
        return item
    for key, found in call.kept.items():
        for kept in found["response"]["output"] if key.startswith(f"{call.deployment.id}/") else ():
            if kept["id"] == item["id"]:
                return dict(kept)
    raise RefusedError(f"Item with id '{item['id']}' not found.", "input", None, 404)


def cancel(call: Call, response_id: str) -> Answer:
    response = kept_response(call, response_id)
    if not response["background"]:
        return json_answer(400, refusal_body("Cannot cancel a synchronous response.", None, None))
    return json_answer(200, {**response, "status": "cancelled"})


def compact(call: Call, body: Any, model: AzureModel) -> Answer:
    """Fold a conversation into one sealed item."""
    refused = ("max_output_tokens", "stream", "temperature", "text", "include", "store")
    if found := next((name for name in refused if name in body), None):
        raise RefusedError(f"Unknown parameter: '{found}'.", found, "unknown_parameter")
    check_responses(body, model)
    items = input_items(body.get("input"))
    conversation = read_responses(model.name, body, items, thinks=False)
    item_id = f"cmp_{id_text(call.body, 'compaction', 40)}"
    users = [item for item in items if item.get("role") == "user"]
    return json_answer(
        200,
        {
            "id": f"resp_{id_text(call.body, 'compact', 40)}",
            "object": "response.compaction",
            "created_at": int(time.time()),
            "output": [*users, {"id": item_id, "type": "compaction", "encrypted_content": sealed(item_id)}],
            "usage": usage_body(conversation.input_tokens, COMPACTED_TOKENS),
        },
    )
