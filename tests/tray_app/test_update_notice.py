"""The tray's look for a newer release obeys its setting, also when it changes."""

import logging
import queue
from pathlib import Path

import pytest

from proxy_core.cli.update_check import Release, UpdateCheck
from tray_app.update_notice import UpdateNotice

LOG = logging.getLogger("test")


class Stand:
    def __init__(self, folder: Path) -> None:
        self.wanted = False
        self.told: queue.Queue[tuple[str, str]] = queue.Queue()
        self.asked = 0
        self.folder = folder

    def open(self, folder: Path, _log: logging.Logger) -> UpdateCheck:
        return UpdateCheck(folder, "owner/name", self.fetch, current="1.0.0")

    def fetch(self, _repository: str) -> Release:
        self.asked += 1
        return Release(2, 0, 0)

    def notice(self) -> UpdateNotice:
        return UpdateNotice(
            lambda: self.wanted, lambda *found: self.told.put(found), self.folder, LOG, self.open, look_seconds=0.01
        )


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_nobody_is_asked_while_the_setting_is_off(stand: Stand) -> None:
    notice = stand.notice()
    notice.start()
    try:
        with pytest.raises(queue.Empty):
            stand.told.get(timeout=0.2)
    finally:
        notice.close()

    assert stand.asked == 0


def test_setting_that_is_switched_on_works_at_once_and_tells_once(stand: Stand) -> None:
    notice = stand.notice()
    notice.start()
    try:
        stand.wanted = True
        assert stand.told.get(timeout=5)[0] == "2.0.0"
        with pytest.raises(queue.Empty):
            stand.told.get(timeout=0.2)
    finally:
        notice.close()

    assert stand.asked == 1
