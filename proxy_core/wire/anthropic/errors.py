"""The wire's error types. Source: the errors page of Anthropic's API reference."""

from proxy_core.errors import ErrorKind

__all__ = ["ERROR_TYPES"]

ERROR_TYPES: dict[ErrorKind, str] = {
    ErrorKind.INVALID_REQUEST: "invalid_request_error",
    ErrorKind.CONTEXT_LENGTH: "invalid_request_error",
    ErrorKind.CONTENT_FILTER: "invalid_request_error",
    ErrorKind.AUTHENTICATION: "authentication_error",
    ErrorKind.UPSTREAM_AUTHENTICATION: "authentication_error",
    ErrorKind.PERMISSION: "permission_error",
    ErrorKind.MODEL_NOT_FOUND: "not_found_error",
    ErrorKind.NOT_FOUND: "not_found_error",
    ErrorKind.TOO_LARGE: "request_too_large",
    ErrorKind.CONFLICT: "invalid_request_error",
    ErrorKind.TIMEOUT: "timeout_error",
    ErrorKind.RATE_LIMIT: "rate_limit_error",
    ErrorKind.OVERLOADED: "overloaded_error",
    ErrorKind.CONNECTION: "api_error",
    ErrorKind.SERVER: "api_error",
}
