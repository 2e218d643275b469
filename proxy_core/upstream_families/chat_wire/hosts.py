"""What hosts want beyond the wire, by SAP's model name, whoever stands in between."""

import re
from dataclasses import dataclass

__all__ = ["Host", "host_of"]


@dataclass(frozen=True, slots=True)
class Host:
    """`turns`: user and assistant must alternate, a system message stands first only. `short_call_ids`: ids of tool
    calls are nine letters or digits. `stream_options`: usage in a stream must be asked for."""

    turns: bool = False
    short_call_ids: bool = False
    stream_options: bool = True


_HOSTS: tuple[tuple[re.Pattern[str], Host], ...] = (
    (re.compile(r"mistral|mixtral"), Host(turns=True, short_call_ids=True)),
    (re.compile(r"^sonar"), Host(turns=True, stream_options=False)),
)
"""Sources: the request checks of `mistralai/mistral-common`, and Perplexity's chat completions page."""


def host_of(model: str) -> Host:
    return next((host for pattern, host in _HOSTS if pattern.search(model)), Host())
