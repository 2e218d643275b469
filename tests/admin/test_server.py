"""The life of the settings page's server."""

import logging
import os
import socket
import threading
from pathlib import Path

import pytest

from proxy_core.admin.server import AdminServer
from tests.admin.demo_backend import DemoBackend
from tests.admin.page_client import PageClient


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_server_can_be_started_many_times(backend: DemoBackend, log: logging.Logger) -> None:
    server = AdminServer(backend, log)
    server.start()
    server.stop()
    threads, files = threading.active_count(), open_files()
    for _ in range(5):
        server.start()
        assert PageClient(server).enter(server.link()).status == 200
        server.stop()

    assert (threading.active_count(), open_files()) == (threads, files)


def test_second_start_changes_nothing(server: AdminServer) -> None:
    before = server.url
    server.start()

    assert server.url == before


def test_second_stop_changes_nothing(backend: DemoBackend, log: logging.Logger) -> None:
    server = AdminServer(backend, log)
    server.start()
    server.stop()
    server.stop()

    with pytest.raises(RuntimeError, match="not started"):
        server.link()


def test_stop_closes_the_port(backend: DemoBackend, log: logging.Logger) -> None:
    server = AdminServer(backend, log)
    server.start()
    port = server.port
    server.stop()

    with socket.socket() as caller:
        assert caller.connect_ex(("127.0.0.1", port)) != 0


def test_session_outlives_a_restart_of_the_server(backend: DemoBackend, log: logging.Logger) -> None:
    """The page is on another port then; the cookie is still good."""
    server = AdminServer(backend, log)
    server.start()
    page = PageClient(server)
    page.enter(server.link())
    server.stop()
    server.start()
    again = PageClient(server)
    again.base, again.cookie, again.csrf = page.base, page.cookie, page.csrf

    assert again.get("overview").status == 200
    server.stop()


def test_page_works_while_the_proxy_is_stopped(page: PageClient) -> None:
    assert page.get("overview").json()["state"] == "stopped"


def test_page_files_are_part_of_the_package() -> None:
    folder = Path(__file__).parents[2] / "proxy_core" / "admin" / "page"
    shipped = (folder.parents[2] / "pyproject.toml").read_text(encoding="utf-8")

    assert '"admin/page/*"' in shipped
    assert all(file.is_file() for file in folder.iterdir())
