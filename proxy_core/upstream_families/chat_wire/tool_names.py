"""Names of tools and ids of calls within the limits of the chat completions wire. No I/O."""

import re
from collections.abc import Mapping
from hashlib import sha256

__all__ = ["ToolNames", "fit_call_id"]

_MAX_NAME = 64
_MAX_CALL_ID = 40
_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")


class ToolNames:
    """Names on the wire for the client's names; `back` leads from a changed name to the client's."""

    def __init__(self) -> None:
        self._back: dict[str, str] = {}

    @property
    def back(self) -> Mapping[str, str]:
        return self._back

    def fit(self, name: str) -> str:
        """The name itself where it is valid, else a valid one that is always the same for it."""
        plain = _UNFIT.sub("_", name)
        if plain == name and len(name) <= _MAX_NAME:
            return name
        mark = "_" + sha256(name.encode()).hexdigest()[:8]
        fitted = plain[: _MAX_NAME - len(mark)] + mark
        self._back[fitted] = name
        return fitted


def fit_call_id(identity: str) -> str:
    """Ids over 40 characters are refused; the same id always gives the same short one."""
    if len(identity) <= _MAX_CALL_ID:
        return identity
    return "call_" + sha256(identity.encode()).hexdigest()[:24]
