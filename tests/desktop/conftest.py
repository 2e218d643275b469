"""The virtual desktop, once for all its tests, and buses of their own for those that need no screen."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]
else:
    from tests.desktop.desktop import Desktop
    from tests.desktop.menu_driver import MenuDriver
    from tests.desktop.panel import Panel
    from tests.desktop.tray_process import TrayProcess
    from tests.session_bus import SessionBus

    StartTray = Callable[..., TrayProcess]

    @pytest.fixture(scope="session")
    def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
        with Desktop(tmp_path_factory.mktemp("home")) as desktop:
            yield desktop

    @pytest.fixture(scope="session")
    def panel(desktop: Desktop) -> Panel:
        panel = Panel(desktop)
        panel.start()
        return panel

    @pytest.fixture
    def bus(tmp_path: Path) -> Iterator[SessionBus]:
        """A session bus without any service."""
        with SessionBus(tmp_path) as bus:
            yield bus

    @pytest.fixture
    def start_tray() -> Iterator[StartTray]:
        """Starts the toy tray program in an environment, with the fields of its first snapshot."""
        with ExitStack() as stack:
            yield lambda environ, **snapshot: stack.enter_context(TrayProcess(environ, **snapshot))

    @pytest.fixture
    def drive() -> Iterator[Callable[[dict[str, str], TrayProcess], MenuDriver]]:
        """Connects to a program's menu on its environment's bus."""
        with ExitStack() as stack:

            def connect(environ: dict[str, str], process: Any) -> MenuDriver:
                return stack.enter_context(MenuDriver(environ["DBUS_SESSION_BUS_ADDRESS"], process.pid))

            yield connect
