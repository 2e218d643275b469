"""`--self-test`: does this build work on this machine? One line a check, for packaged programs and for support.

Starts a real proxy in front of the simulator on free ports. Touches no settings of the user.
"""

import importlib
import logging
import pkgutil
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatch
from importlib.machinery import PathFinder
from pathlib import Path
from urllib.parse import urlsplit

from proxy_core.version import version_line

__all__ = [
    "SelfTestError",
    "check_keyring",
    "core_checks",
    "find_brought",
    "import_everything",
    "run_checks",
    "run_self_test",
]

Check = Callable[[], str]
"""Says what was found, or raises."""

_SECRET_LENGTH = 9000
_SECRET_KEY = "self-test/1"  # noqa: S105 - the name of a secret
_NEVER_IMPORTED = frozenset({"__main__"})
_LEFT_OUT = "left_out.txt"
"""Written by the spec of a frozen build: what it left out, a name a line, such as `gi`, `PIL._webp`, `libwebp*`."""

_EXTRA = ("cryptography", "keyring")
"""What an installation by pip has only with the extra `tray`."""


class SelfTestError(Exception):
    """A check failed; `str()` says why."""


def run_self_test(environ: Mapping[str, str], write: Callable[[str], None]) -> int:
    """That of `sap-ai-proxy`, which also lives without a keyring. 0 when every check is ok, else 1."""
    return run_checks({**core_checks(), "keyring": lambda: _check_optional_keyring(environ)}, write)


def run_checks(checks: Mapping[str, Check], write: Callable[[str], None]) -> int:
    """Each line: `ok` or `FAILED`, the check, what was found. 1 when any failed."""
    failed = False
    for name, check in checks.items():
        try:
            write(f"ok      {name:<8} {check()}")
        except Exception as error:  # whatever is broken in a build, the other checks go on
            failed = True
            write(f"FAILED  {name:<8} {type(error).__name__}: {error}")
    return 1 if failed else 0


def core_checks() -> dict[str, Check]:
    """What every program of the product needs."""
    return {
        "program": _check_program,
        "omitted": _check_omitted,
        "parts": lambda: import_everything("proxy_core"),
        "trust": _check_trust,
        "server": _check_server,
    }


def import_everything(package: str, skipped: Sequence[str] = ()) -> str:
    """Import each module of a package, also those that are loaded late, but not those in or below `skipped`."""
    names = [package]
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        left_out = any(module.name == name or module.name.startswith(f"{name}.") for name in skipped)
        if not left_out and module.name.rpartition(".")[2] not in _NEVER_IMPORTED:
            _import(module.name)
            names.append(module.name)
    if len(names) == 1:
        raise SelfTestError(f"{package} has no modules")
    return f"{len(names)} modules of {package}"


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if getattr(sys, "frozen", False) or (error.name or "").partition(".")[0] not in _EXTRA:
            raise


def check_keyring(environ: Mapping[str, str]) -> str:
    """A long secret goes into the keyring and comes back, and is removed again."""
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


def _check_optional_keyring(environ: Mapping[str, str]) -> str:
    from proxy_core.settings.keyring_store import open_keyring_store
    from proxy_core.settings.secret_store import SecretStoreError

    try:
        open_keyring_store(environ)
    except SecretStoreError:
        if getattr(sys, "frozen", False):
            importlib.import_module("keyring")  # the library must be there even where no service is
        return "none here; secrets go into the config file or the environment"
    return check_keyring(environ)


def _check_program() -> str:
    return f"{version_line()}, {'frozen' if getattr(sys, 'frozen', False) else 'not frozen'}"


def _check_omitted() -> str:
    """Such parts make a program large, and some break it: `gi` would bring GTK into the process."""
    if not getattr(sys, "frozen", False):
        return "nothing, as the program is not frozen"
    folder = Path(getattr(sys, "_MEIPASS", ""))
    names = (folder / "proxy_core" / _LEFT_OUT).read_text(encoding="ascii").split()
    found = find_brought(names, folder, sys.path)
    if found or not names:
        raise SelfTestError(f"the build holds what it should not: {', '.join(found) or 'a list without a name'}")
    return f"{len(names)} parts that are not needed"


def find_brought(names: Iterable[str], folder: Path, path: Sequence[str]) -> list[str]:
    """Those of `names` that are there: modules on `path`; files below `folder` where a name ends with `*`."""
    files = {file.name for file in folder.rglob("*")}
    return [
        name
        for name in names
        if (any(fnmatch(file, name) for file in files) if name.endswith("*") else _has_module(name, path))
    ]


def _has_module(name: str, path: Sequence[str]) -> bool:
    """Looks without importing: a package around it might open the display."""
    places: Sequence[str] | None = path
    before = ""
    for part in name.split("."):
        spec = PathFinder.find_spec(before + part, places) if places is not None else None
        if spec is None:
            return False
        places, before = spec.submodule_search_locations, f"{before}{part}."
    return True


def _check_trust() -> str:
    from proxy_core.aicore.trust import TlsContexts

    context = TlsContexts(None).context(None)
    if not isinstance(context, ssl.SSLContext) or sys.platform in ("win32", "darwin"):
        return "the system verifies certificates"
    roots = context.cert_store_stats()["x509_ca"]
    if not roots and not ssl.get_default_verify_paths().capath:
        raise SelfTestError("no root certificates were found. Install the system's, such as ca-certificates")
    return f"{roots} root certificates" if roots else "root certificates found"


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
    _check_stopped(engine.base_url)
    return f"started, {len(models)} chat models, a stream of {len(pieces)} pieces, stopped"


def _check_stopped(base_url: str) -> None:
    """Nobody listens any more, and no thread keeps the program alive."""
    address = urlsplit(base_url)
    with socket.socket() as probe:
        if probe.connect_ex((address.hostname or "", address.port or 0)) == 0:
            raise SelfTestError("the proxy was stopped and still listens")
    left = [thread.name for thread in threading.enumerate() if not thread.daemon]
    if left != [threading.main_thread().name]:
        raise SelfTestError(f"threads were left behind: {', '.join(left)}")
