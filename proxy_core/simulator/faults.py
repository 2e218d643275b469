"""Switchable faults of deployments: what they are and which apply now. Knows neither HTTP nor the families."""

import dataclasses
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

__all__ = ["ANY_DEPLOYMENT", "LM_API", "TOKEN_ENDPOINT", "Fault", "FaultKind", "Faults", "fault_from_json"]

FaultKind = Literal["status", "reset", "drop", "end", "stall", "throttle", "split", "crlf", "merge"]
ANY_DEPLOYMENT = "*"
TOKEN_ENDPOINT = "token"  # noqa: S105 - a key of a table, no password
LM_API = "lm"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to go wrong.

    - `status`: answer `status` with the body form `body` (see `fault_bodies`), or `text` as it is, and the
      `Retry-After` header when `retry_after` is given.
    - `reset`: TCP reset; before the headers, or with `after_frames` within the stream.
    - `drop`: the connection is closed within the stream, without the end of the chunked body.
    - `end`: the stream ends cleanly after `after_frames` frames, without its terminal event.
    - `stall`: `seconds` without a byte; `where` is `headers` (before them), `first` (before the first frame) or
      `middle` (after `after_frames` frames).
    - `throttle`: HTTP 200, then after `after_frames` frames a throttling error in the family's own form.
    - `split`: every frame is cut at odd bytes, each part sent alone. `merge`: four frames in one segment.
      `crlf`: line ends are CR LF.

    `times` is how often it strikes before the deployment is healthy again, None for always. `path` limits it to
    calls whose path contains this text.
    """

    kind: FaultKind
    status: int = 429
    body: str = "family"
    text: str | None = None
    retry_after: str | None = None
    after_frames: int = 0
    seconds: float = 0.0
    where: Literal["headers", "first", "middle"] = "headers"
    times: int | None = None
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Faults:
    """The faults set at this moment, by deployment id.

    `ANY_DEPLOYMENT` stands for all deployments; `TOKEN_ENDPOINT` and `LM_API` are set in the same way.
    """

    def __init__(self) -> None:
        self._faults: dict[str, list[Fault]] = {}
        self._lock = threading.Lock()

    def set(self, deployment_id: str, *faults: Fault) -> None:
        """Replace the faults of a deployment; none makes it healthy."""
        with self._lock:
            self._faults[deployment_id] = list(faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, deployment_id: str, path: str) -> tuple[Fault, ...]:
        """The faults that strike a call now; each counts down."""
        with self._lock:
            struck = self._take(deployment_id, path)
            if deployment_id not in (TOKEN_ENDPOINT, LM_API):
                struck += self._take(ANY_DEPLOYMENT, path)
            return tuple(struck)

    def _take(self, key: str, path: str) -> list[Fault]:
        struck, left = [], []
        for fault in self._faults.get(key, ()):
            if fault.path not in path:
                left.append(fault)
                continue
            struck.append(fault)
            if fault.times is None or fault.times > 1:
                left.append(fault if fault.times is None else replace(fault, times=fault.times - 1))
        if key in self._faults:
            self._faults[key] = left
        return struck


def fault_from_json(value: Mapping[str, Any]) -> Fault:
    """Raises `ValueError` naming what is wrong."""
    known = {item.name for item in dataclasses.fields(Fault)}
    if unknown := sorted(set(value) - known):
        raise ValueError(f"unknown fault fields: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if value.get("kind") not in get_args(FaultKind):
        raise ValueError(f"`kind` must be one of {', '.join(get_args(FaultKind))}")
    return Fault(**value)
