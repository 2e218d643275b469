"""The switch for starting at login: this program's own command, on or off by the platform's means."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from proxy_core.admin.backend import BackendError
from tray_app.autostart import Autostart, TemporaryProgramError, find_program
from tray_app.texts import Texts

__all__ = ["LoginSwitch"]


class LoginSwitch:
    """`arguments` are what this start was given and the next one shall have."""

    def __init__(
        self, autostart: Autostart, environ: Mapping[str, str], texts: Texts, arguments: Sequence[str] = ()
    ) -> None:
        self._autostart = autostart
        self._environ = environ
        self._texts = texts
        self._arguments = tuple(arguments)

    def is_on(self) -> bool:
        return self._autostart.is_on()

    def set(self, on: bool) -> None:
        """Raises `BackendError` when the system refuses."""
        try:
            if on:
                self._autostart.turn_on(self._command())
            else:
                self._autostart.turn_off()
        except TemporaryProgramError as error:
            raise BackendError(self._texts.login_temporary, field="start_at_login") from error
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise BackendError(self._texts.login_failed.format(reason=reason), field="start_at_login") from error

    def _command(self) -> list[str]:
        program = find_program(self._environ, Path(sys.executable), frozen=bool(getattr(sys, "frozen", False)))
        return [*program, *self._arguments]
