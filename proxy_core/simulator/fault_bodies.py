"""The error bodies of each family, for faults: as a whole answer and as an error within a stream. Data only."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from proxy_core.simulator.bedrock import eventstream
from proxy_core.simulator.exchange import Answer, SimDeployment

__all__ = ["error_answer", "throttling_frames"]

JSON, TEXT, HTML = "application/json", "text/plain", "text/html"
AZURE_429 = (
    "Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current pricing tier. "
    "Please retry after 26 seconds."
)
AZURE_MESSAGES = {
    401: "Access denied due to invalid subscription key or wrong API endpoint.",
    404: "The API deployment for this resource does not exist.",
    429: AZURE_429,
    500: "The server had an error while processing your request. Sorry about that!",
    503: "The engine is currently overloaded, please try again later.",
}
BEDROCK_ERRORS = {
    400: ("ValidationException", "The model returned the following errors: Malformed input request"),
    403: ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    404: (
        "ResourceNotFoundException",
        "Could not resolve the foundation model from the provided model identifier.",
    ),
    408: ("ModelTimeoutException", "Model has timed out in processing the request. Try your request again."),
    424: ("ModelErrorException", "The model returned an error. Try your request again."),
    429: ("ThrottlingException", "Too many requests, please wait before trying again."),
    500: ("InternalServerException", "The system encountered an unexpected error during processing."),
    503: ("ServiceUnavailableException", "Bedrock is unable to process your request."),
}
VERTEX_429 = (
    "Resource exhausted. Please try again later. Please refer to "
    "https://cloud.google.com/vertex-ai/generative-ai/docs/error-code-429 for more details."
)
VERTEX_ERRORS = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    404: ("NOT_FOUND", "Publisher Model was not found or your project does not have access to it."),
    429: ("RESOURCE_EXHAUSTED", VERTEX_429),
    500: ("INTERNAL", "Internal error encountered."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
}
ENVOY = "upstream connect error or disconnect/reset before headers. reset reason: connection termination"
GATEWAY_TEXTS = {
    401: "Jwt is expired",
    403: "RBAC: access denied",
    404: "",
    429: "TooManyRequests",
    503: ENVOY,
    504: ENVOY,
}


def azure_error(status: int) -> Answer:
    message = AZURE_MESSAGES.get(status, "The request failed.")
    return as_json(status, {"error": {"code": str(status), "message": message}})


def bedrock_error(status: int) -> Answer:
    kind, message = BEDROCK_ERRORS.get(status, ("InternalServerException", "The request failed."))
    return as_json(status, {"message": message}, {"x-amzn-errortype": f"{kind}:http://internal.amazon.com/"})


def vertex_body(status: int) -> dict[str, Any]:
    name, message = VERTEX_ERRORS.get(status, ("UNKNOWN", "The request failed."))
    return {"error": {"code": status, "message": message, "status": name}}


def orchestration_body(status: int, location: str = "LLM Module") -> dict[str, Any]:
    words = "Too many requests." if status == 429 else "The model failed."
    message = f"{status} - {location}: {words}"
    return {
        "request_id": "46f4b2ea-0000-4000-a000-000000000001",
        "code": status,
        "message": message,
        "location": location,
    }


def orchestration_list(status: int) -> Answer:
    last = {**orchestration_body(status, "LLM"), "headers": {"Content-Type": JSON, "x-retry-after": "30"}}
    return as_json(status, {"error": [orchestration_body(500), last]})


def vllm_body(status: int) -> dict[str, Any]:
    kind = {429: "TooManyRequestsError", 404: "NotFoundError", 400: "BadRequestError"}.get(
        status, "InternalServerError"
    )
    return {
        "object": "error",
        "message": "The server cannot take this request now.",
        "type": kind,
        "param": None,
        "code": status,
    }


def as_json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), JSON, headers or {})


def gateway_text(status: int) -> Answer:
    return Answer(status, GATEWAY_TEXTS.get(status, f"upstream failed with {status}").encode(), TEXT)


BODIES: Mapping[str, Callable[[int], Answer]] = MappingProxyType(
    {
        "azure": azure_error,
        "bedrock": bedrock_error,
        "empty_object": lambda status: as_json(status, {}),
        "vertex": lambda status: as_json(status, vertex_body(status)),
        "vertex_list": lambda status: as_json(status, [vertex_body(status)]),
        "orchestration": lambda status: as_json(status, {"error": orchestration_body(status)}),
        "orchestration_list": orchestration_list,
        "orchestration_flat": lambda status: as_json(status, {**orchestration_body(status), "module_results": {}}),
        "vllm": lambda status: as_json(status, vllm_body(status)),
        "too_many": lambda status: as_json(
            status, {"error": {"code": "TooManyRequests", "message": "TooManyRequests"}}
        ),
        "text": gateway_text,
        "html": lambda status: Answer(status, f"<html><body><h1>{status}</h1></body></html>".encode(), HTML),
        "empty": lambda status: Answer(status, b"", TEXT),
    }
)

FAMILY_BODIES = MappingProxyType(
    {
        "azure-openai": "azure",
        "aws-bedrock": "bedrock",
        "gcp-vertexai": "vertex",
        "orchestration": "orchestration",
        "aicore-mistralai": "vllm",
    }
)


def error_answer(form: str, status: int, executable: str) -> Answer:
    """An error answer; `form` is a name of `BODIES`, or `family` for the executable's own.

    Raises `KeyError` for an unknown form.
    """
    if form == "family":
        form = FAMILY_BODIES.get(executable, "text")
    return BODIES[form](status)


def sse(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def bedrock_frames(path: str, content_type: str) -> list[bytes]:
    if content_type == eventstream.CONTENT_TYPE:
        return [eventstream.encode_exception("throttlingException", "Rate exceeded")]
    if path.startswith("/converse"):
        return [b"data: {'throttlingException': {'message': 'Rate exceeded'}}\n\n"]
    return [sse({"type": "error", "message": "ThrottlingException: Rate exceeded"})]


def azure_frames(path: str) -> list[bytes]:
    if not path.startswith("/responses"):
        return [sse({"error": {"code": "429", "message": "exceeded token rate limit"}})]
    message = "Too Many Requests"
    failed: dict[str, Any] = {
        "id": "resp_throttled",
        "object": "response",
        "status": "failed",
        "error": None,
        "output": [],
    }
    return [
        sse({"type": "response.failed", "sequence_number": 2, "response": failed}),
        sse(
            {
                "type": "error",
                "error": {"type": "too_many_requests", "code": "too_many_requests", "message": message},
            }
        ),
    ]


def throttling_frames(deployment: SimDeployment, path: str, content_type: str) -> list[bytes]:
    """The frames with which the family reports throttling after an HTTP 200."""
    match deployment.executable:
        case "azure-openai":
            return azure_frames(path)
        case "aws-bedrock":
            return bedrock_frames(path, content_type)
        case "gcp-vertexai":
            return [sse(vertex_body(429)).replace(b"\n\n", b"\r\n\r\n")]
        case "orchestration":
            return [sse({"error": orchestration_body(429)})]
        case _:
            return [sse({"error": vllm_body(429)})]
