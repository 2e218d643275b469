"""Is there a newer release? Off until asked for; once a day at most; tells and links, and downloads nothing.

What is sent is one request to GitHub without any data of the user. Nothing from the answer is shown but three
numbers: the link is made here.
"""

import json
import logging
import re
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from proxy_core.aicore.trust import TlsContexts
from proxy_core.settings.json_file import write_private_text
from proxy_core.version import VERSION, release_repository

__all__ = ["Release", "UpdateCheck", "fetch_latest", "open_update_check"]

DAY_SECONDS = 24 * 60 * 60
_FILE = "update-check.json"
_API = "https://api.github.com"
_PATIENCE_SECONDS = 10.0
_LONGEST_ANSWER = 1 << 20
_TAG = re.compile(r"v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})")


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """Three numbers, as semantic versioning has them."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Release":
        """`1.2.3` or `v1.2.3`. Raises ValueError, also for a pre-release."""
        found = _TAG.fullmatch(text)
        if found is None:
            raise ValueError("not a version of three numbers")
        return cls(*(int(number) for number in found.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


class UpdateCheck:
    """`folder` keeps when it was asked last. `fetch` gives the latest release, and raises OSError or ValueError."""

    def __init__(
        self,
        folder: Path,
        repository: str,
        fetch: Callable[[str], Release],
        *,
        current: str = VERSION,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = folder / _FILE
        self._repository = repository
        self._fetch = fetch
        self._current = Release.parse(current)
        self._clock = clock

    def find_newer(self) -> tuple[str, str] | None:
        """The newer version and the page that tells of it; None when there is none, when today was asked already,
        or when nobody answers. A failure waits for the next day too."""
        if not self._is_due():
            return None
        self._remember()
        try:
            latest = self._fetch(self._repository)
        except (OSError, ValueError, HTTPException):
            return None
        if latest <= self._current:
            return None
        return str(latest), f"https://github.com/{self._repository}/releases/tag/v{latest}"

    def keep_checking(self, tell: Callable[[str, str], None], ended: threading.Event) -> threading.Thread:
        """Check now and every day until `ended`, on a thread of its own; `tell` gets version and link there."""
        thread = threading.Thread(target=self._keep_checking, args=(tell, ended), name="update-check", daemon=True)
        thread.start()
        return thread

    def _keep_checking(self, tell: Callable[[str, str], None], ended: threading.Event) -> None:
        while True:
            if (found := self.find_newer()) is not None:
                tell(*found)
            if ended.wait(DAY_SECONDS):
                return

    def _is_due(self) -> bool:
        try:
            asked = float(json.loads(self._path.read_text(encoding="utf-8"))["asked"])
        except (OSError, ValueError, KeyError, TypeError):
            return True
        return not 0 <= self._clock() - asked < DAY_SECONDS  # a clock that was set back does not silence it

    def _remember(self) -> None:
        try:
            write_private_text(self._path, json.dumps({"asked": int(self._clock())}) + "\n")
        except OSError:
            return


def open_update_check(folder: Path, log: logging.Logger) -> UpdateCheck | None:
    """None, with a word in the log, for a build that does not know where its releases are."""
    repository = release_repository()
    if repository is None:
        log.warning("This build does not know where its releases are, so it cannot look for newer ones.")
        return None
    return UpdateCheck(folder, repository, fetch_latest)


def fetch_latest(repository: str, api: str = _API) -> Release:
    """GitHub's latest release. https://docs.github.com/rest/releases/releases#get-the-latest-release"""
    request = urllib.request.Request(  # noqa: S310 - the address is https, or a test's
        f"{api}/repos/{repository}/releases/latest",
        headers={"Accept": "application/vnd.github+json", "User-Agent": f"ai-core-proxy/{VERSION}"},
    )
    handler = urllib.request.HTTPSHandler(context=TlsContexts(None).context(None))
    with urllib.request.build_opener(handler).open(request, timeout=_PATIENCE_SECONDS) as answer:
        document = json.loads(answer.read(_LONGEST_ANSWER))
    if not isinstance(document, dict):
        raise ValueError("the answer is no object")
    return Release.parse(str(document.get("tag_name", "")))
