"""The look for a newer release: once a day, by numbers, and never in the way."""

import http.server
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy_core.cli.update_check import DAY_SECONDS, Release, UpdateCheck, fetch_latest
from tests.clock import Clock


class Releases:
    """Counts how often it is asked."""

    def __init__(self, latest: str | Exception) -> None:
        self.latest = latest
        self.asked: list[str] = []

    def __call__(self, repository: str) -> Release:
        self.asked.append(repository)
        if isinstance(self.latest, Exception):
            raise self.latest
        return Release.parse(self.latest)


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000_000.0)


@pytest.fixture
def check(tmp_path: Path, clock: Clock) -> Callable[[Releases], UpdateCheck]:
    return lambda releases: UpdateCheck(tmp_path, "owner/name", releases, current="1.9.0", clock=clock)


def test_newer_release_is_told_with_its_page(check: Callable[[Releases], UpdateCheck]) -> None:
    assert check(Releases("v1.10.0")).find_newer() == (
        "1.10.0",
        "https://github.com/owner/name/releases/tag/v1.10.0",
    )


@pytest.mark.parametrize("latest", ["v1.9.0", "v1.8.9", "v0.99.0"])
def test_same_or_older_release_is_no_news(latest: str, check: Callable[[Releases], UpdateCheck]) -> None:
    assert check(Releases(latest)).find_newer() is None


def test_it_asks_once_a_day_over_all_starts(clock: Clock, check: Callable[[Releases], UpdateCheck]) -> None:
    releases = Releases("v2.0.0")
    check(releases).find_newer()
    clock.now += DAY_SECONDS - 1

    assert check(releases).find_newer() is None
    assert len(releases.asked) == 1

    clock.now += 1
    assert check(releases).find_newer() is not None


@pytest.mark.parametrize("failure", [OSError("no network"), ValueError("nonsense")])
def test_failure_waits_for_the_next_day(failure: Exception, check: Callable[[Releases], UpdateCheck]) -> None:
    releases = Releases(failure)

    assert check(releases).find_newer() is None
    assert check(releases).find_newer() is None
    assert len(releases.asked) == 1


@pytest.mark.parametrize("text", ["1.2", "v1.2.3-rc1", "latest", "1.2.3/../..", ""])
def test_only_three_numbers_are_a_release(text: str) -> None:
    with pytest.raises(ValueError, match="version"):
        Release.parse(text)


def test_github_is_asked_for_the_latest_release() -> None:
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            body = json.dumps({"tag_name": "v3.4.5", "html_url": "https://elsewhere.example"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            latest = fetch_latest("owner/name", f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()

    assert latest == Release(3, 4, 5)
    assert seen == ["/repos/owner/name/releases/latest"]
