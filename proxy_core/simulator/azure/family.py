"""The `azure-openai` executable: which operation a path means, and what is refused before any operation looks.

Chat and embeddings need an `api-version`; without one Azure knows no such resource. Responses takes any or none.
"""

import json
from collections.abc import Callable
from typing import Any

from proxy_core.simulator.azure.chat import answer_chat
from proxy_core.simulator.azure.embeddings import answer_embeddings
from proxy_core.simulator.azure.openai_words import JSON_FAULT, RefusedError
from proxy_core.simulator.azure.responses import answer_responses
from proxy_core.simulator.exchange import Answer, Call, Stream, json_answer

__all__ = ["handle", "handle_responses"]

OPERATIONS: dict[str, Callable[[Call, Any], Answer | Stream]] = {
    "/chat/completions": answer_chat,
    "/embeddings": answer_embeddings,
}


def handle(call: Call) -> Answer | Stream:
    """Chat completions and embeddings."""
    if not call.query.get("api-version") or call.method != "POST":
        return json_answer(404, {"error": {"code": "404", "message": "Resource not found"}})
    return answered(call, OPERATIONS[call.path])


def handle_responses(call: Call) -> Answer | Stream:
    """The Responses API, with the paths below it."""
    return answered(call, answer_responses)


def answered(call: Call, operation: Callable[[Call, Any], Answer | Stream]) -> Answer | Stream:
    try:
        return operation(call, read_json(call))
    except RefusedError as error:
        return error.answer()
    except RecursionError:
        return RefusedError(JSON_FAULT).answer()


def read_json(call: Call) -> Any:
    if call.method != "POST" or not call.body:
        return {}
    try:
        return json.loads(call.body)
    except ValueError as error:
        raise RefusedError(JSON_FAULT) from error
