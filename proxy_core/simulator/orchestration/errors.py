"""Orchestration's refusals: a status, the module that found the fault, and its text."""

from collections.abc import Mapping
from typing import Any

__all__ = ["OrchestrationError", "error_body", "flat_error_body"]


class OrchestrationError(Exception):
    """`text` is the bare cause; on the wire it reads `400 - <location>: <text>`."""

    def __init__(
        self,
        location: str,
        text: str,
        *,
        code: int = 400,
        prefixed: bool = True,
        results: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.location = location
        self.message = f"{code} - {location}: {text}" if prefixed else text
        self.results = results
        self.headers = headers

    def entry(self, request_id: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "request_id": request_id,
            "code": self.code,
            "message": self.message,
            "location": self.location,
        }
        if self.results is not None:
            found["intermediate_results"] = dict(self.results)
        if self.headers is not None:
            found["headers"] = dict(self.headers)
        return found

    def failure(self) -> dict[str, Any]:
        """The entry of `intermediate_failures` when a later configuration answered."""
        headers = self.headers or {"Content-Type": "application/json"}
        return {"code": self.code, "message": self.message, "location": self.location, "headers": dict(headers)}


def error_body(errors: list[OrchestrationError], request_id: str) -> dict[str, Any]:
    """One error as an object; the errors of several configurations as a list."""
    entries = [error.entry(request_id) for error in errors]
    return {"error": entries[0] if len(entries) == 1 else entries}


def flat_error_body(error: OrchestrationError, request_id: str) -> dict[str, Any]:
    """The old form of v1."""
    entry = error.entry(request_id)
    return {**entry, "module_results": entry.pop("intermediate_results", {})}
