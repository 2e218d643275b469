"""Requests that the HTTP server refuses by their bytes alone, handed to the application to be told in JSON."""

from collections.abc import Mapping

__all__ = ["REFUSAL_KEY", "WIRE_PROBLEMS"]

REFUSAL_KEY = "ai_core_proxy.refusal"
"""Where the WSGI environment carries the HTTP status of the refusal."""

WIRE_PROBLEMS: Mapping[int, str] = {
    400: "The request is not valid HTTP.",
    431: "The request's headers are too long.",
    501: "The request's Transfer-Encoding is not supported. Use `chunked` or a Content-Length.",
}
"""What to say by status. The parser's own words quote the request, which may hold a key."""
