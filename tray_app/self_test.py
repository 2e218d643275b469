"""`--self-test`: does this build work on this machine? One line a check, for packaged programs and for support.

Starts a real proxy in front of the simulator on free ports. Touches no settings of the user.
"""

import logging
import ssl
import sys
import tempfile
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from proxy_core.version import version_line
from tray_app.tray import TrayAvailability, resolve_backend, tray_available

__all__ = ["SelfTestError", "run_self_test"]

_SECRET_LENGTH = 9000
_SECRET_KEY = "self-test/1"  # noqa: S105 - the name of a secret


class SelfTestError(Exception):
    """A check failed; `str()` says why."""


def run_self_test(environ: Mapping[str, str], write: Callable[[str], None]) -> int:
    """0 when every check is ok, else 1. Each line: `ok` or `FAILED`, the check, what was found."""
    checks: Mapping[str, Callable[[], str]] = {
        "program": lambda: f"{version_line()}, {'frozen' if hasattr(sys, 'frozen') else 'not frozen'}",
        "backend": lambda: _check_backend(environ),
        "icons": _check_icons,
        "keyring": lambda: _check_keyring(environ),
        "trust": _check_trust,
        "server": _check_server,
        "page": _check_page,
    }
    failed = False
    for name, check in checks.items():
        try:
            write(f"ok      {name:<8} {check()}")
        except Exception as error:  # whatever is broken in a build, the other checks go on
            failed = True
            write(f"FAILED  {name:<8} {type(error).__name__}: {error}")
    return 1 if failed else 0


def _check_backend(environ: Mapping[str, str]) -> str:
    from tray_app.tray.backends import load_backend

    available = tray_available(environ)
    if available is TrayAvailability.BROKEN:
        raise SelfTestError("a library of the tray is missing")
    backend = resolve_backend(environ)
    load_backend(backend)
    return f"{backend.value}, tray: {available.value}"


def _check_icons() -> str:
    from tray_app.icons import TrayTheme, load_icon
    from tray_app.menu_items import IconState

    pictures = {load_icon(state, theme).tobytes() for state in IconState for theme in TrayTheme}
    return f"{len(pictures)} different pictures"


def _check_keyring(environ: Mapping[str, str]) -> str:
    from proxy_core.settings.keyring_store import open_keyring_store
    from proxy_core.settings.secret import Secret

    secret = Secret("0123456789" * (_SECRET_LENGTH // 10))
    open_keyring_store(environ).set(_SECRET_KEY, secret)
    store = open_keyring_store(environ)  # another one, which remembers nothing
    try:
        if store.get(_SECRET_KEY) != secret:
            raise SelfTestError(f"{store.label} gave back another text")
    finally:
        store.delete(_SECRET_KEY)
    return f"{store.label}, {_SECRET_LENGTH} characters there and back"


def _check_trust() -> str:
    from proxy_core.aicore.trust import TlsContexts

    context = TlsContexts(None).context(None)
    if not isinstance(context, ssl.SSLContext) or sys.platform in ("win32", "darwin"):
        return "the system verifies certificates"
    paths = ssl.get_default_verify_paths()
    if not (context.cert_store_stats()["x509_ca"] or paths.capath):
        raise SelfTestError("no root certificates were found")
    return "root certificates found"


def _check_server() -> str:
    from proxy_core.cli.demo import running_demo
    from proxy_core.cli.demo_marks import DEMO_KEY
    from proxy_core.cli.local_proxy import LocalProxy
    from proxy_core.engine import Engine
    from proxy_core.settings.api_keys import resolve_api_keys
    from proxy_core.settings.load import Overrides
    from proxy_core.settings.secret import Secret

    log = logging.getLogger("self_test")
    with running_demo(Overrides(port=0)) as loaded:
        settings = loaded.settings
        with Engine(settings, resolve_api_keys(settings), {}, log) as engine:
            proxy = LocalProxy(engine.base_url, Secret(DEMO_KEY))
            models = proxy.chat_models()
            pieces = list(proxy.stream(models[0], [{"role": "user", "content": "Hello"}]))
    if not pieces:
        raise SelfTestError("the stream was empty")
    return f"started, {len(models)} chat models, a stream of {len(pieces)} pieces, stopped"


def _check_page() -> str:
    from proxy_core.settings.secret_store import MemorySecretStore
    from tray_app.autostart import open_autostart
    from tray_app.profile_source import ProfileSource, Surroundings
    from tray_app.program import TrayProgram
    from tray_app.texts import ENGLISH

    with tempfile.TemporaryDirectory(prefix="ai-core-proxy-test-") as name:
        folder = Path(name)
        around = Surroundings({}, {}, open_autostart({"HOME": name}), ENGLISH, logging.getLogger("self_test"))
        source = ProfileSource(folder, MemorySecretStore, around)
        program = TrayProgram(source, around, config_dir=folder, log_folder=folder)
        try:
            return f"status {_open_page(program.page_link())}"
        finally:
            program.close()


def _open_page(link: str) -> int:
    parts = urlsplit(link)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        response.read()
        if response.status >= 400:
            raise SelfTestError(f"the page answered {response.status}")
        return response.status
    finally:
        connection.close()
