"""Bedrock's error answers: a message, and the class in a header."""

from collections.abc import Mapping

from proxy_core.simulator.exchange import Answer, json_answer, text_answer

__all__ = ["bedrock_error", "unknown_path", "validation_error"]

_STATUS: Mapping[str, int] = {
    "ValidationException": 400,
    "AccessDeniedException": 403,
    "ResourceNotFoundException": 404,
    "ModelTimeoutException": 408,
    "ModelErrorException": 424,
    "ThrottlingException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}


def bedrock_error(name: str, message: str) -> Answer:
    """`name` is botocore's exception class, which sets the status."""
    header = f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"
    return json_answer(_STATUS[name], {"message": message}, {"x-amzn-errortype": header})


def validation_error(message: str) -> Answer:
    return bedrock_error("ValidationException", message)


def unknown_path() -> Answer:
    """The gateway knows no such path below this deployment."""
    return text_answer(404, "")
