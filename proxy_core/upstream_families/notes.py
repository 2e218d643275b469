"""What an adaptation left out or changed, each thing once however often it stood in the conversation."""

from proxy_core.neutral.diagnostics import Action, Diagnostic

__all__ = ["Notes"]


class Notes:
    """Collects diagnostics for one request."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}

    def dropped(self, field: str, reason: str) -> None:
        self._found[Diagnostic(field, reason)] = None

    def changed(self, field: str, reason: str) -> None:
        self._found[Diagnostic(field, reason, Action.CHANGED)] = None

    def all(self) -> tuple[Diagnostic, ...]:
        return tuple(self._found)
