"""Takes out of a finding what others should not read. The last guard: no check means to tell such things."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from proxy_core.doctor.finding import Finding
from proxy_core.settings.secret import Secret

__all__ = ["Redaction"]

_HIDDEN = "•••"
_LOGIN = re.compile(r"(?<=://)(?!user:password@)[^/\s@]+@")  # an advice shows that form
_BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_TENANT = re.compile(r"\b[\w-]+(?=\.authentication\.[\w.-]+)")
"""The sub-account's subdomain in a token URL: https://help.sap.com/docs/btp, "Subdomain"."""
_SHORTEST = 4
"""Characters. Shorter secrets are no secrets, and would black out half of every sentence."""


class Redaction:
    """`secrets` are never shown, and the home folder, which holds the user's name, is shown as `~`."""

    def __init__(self, secrets: Iterable[Secret], home: Path) -> None:
        texts = {secret.reveal() for secret in secrets}
        self._secrets = sorted((text for text in texts if len(text) >= _SHORTEST), key=len, reverse=True)
        self._home = str(home)

    def apply(self, finding: Finding) -> Finding:
        return replace(
            finding,
            text=self.clean(finding.text),
            advice=self.clean(finding.advice),
            subject=self.clean(finding.subject),
            facts={name: self.clean(text) for name, text in finding.facts.items()},
        )

    def clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        if len(self._home) > 1:
            text = text.replace(self._home, "~")
        text = _LOGIN.sub(f"{_HIDDEN}@", text)
        text = _BEARER.sub(rf"\1 {_HIDDEN}", text)
        return _TENANT.sub(_HIDDEN, text)
