"""One HTTP request as the simulated service sees it. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SimRequest"]


@dataclass(frozen=True, slots=True)
class SimRequest:
    """`path` is without the query, header names are lower case. `certificate` says that TLS showed a client
    certificate that the server's context trusts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    certificate: bool = False

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError`."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("the JSON is nested too deeply") from error
