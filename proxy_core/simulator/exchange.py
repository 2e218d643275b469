"""One call to a simulated deployment and its answer: what the server hands to a family and gets back."""

import json
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Answer", "Call", "SimDeployment", "Stream", "json_answer", "text_answer"]


@dataclass(frozen=True, slots=True)
class SimDeployment:
    """A deployment of the simulated service. `executable` is SAP's `executableId`, such as `aws-bedrock`."""

    id: str
    tenant: str
    resource_group: str
    model: str
    executable: str
    scenario: str = "foundation-models"
    version: str = "latest"
    status: str = "RUNNING"
    created_at: str = "2026-03-01T08:00:00Z"
    configuration: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """`path` follows the deployment id (`/invoke`), header names are lower case.

    `memory` is what the simulated service keeps between calls (its prompt cache); the server hands the same
    mapping to every call, so that a second equal call reads from the cache. `kept` holds what clients may ask
    for later, such as stored responses, by id.
    """

    deployment: SimDeployment
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    memory: MutableMapping[str, int] = field(default_factory=dict)
    kept: MutableMapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stream:
    """A streamed HTTP 200 answer; each frame is written as one HTTP chunk, in the simulator's own pace."""

    frames: Iterator[bytes]
    content_type: str = "text/event-stream"


def json_answer(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(body).encode(), headers=headers or {})


def text_answer(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), content_type="text/plain")
