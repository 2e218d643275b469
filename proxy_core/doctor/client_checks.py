"""Do the settings of installed programs lead here, in the right form and with a key of this proxy? No I/O."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from proxy_core.aicore.http_request import is_loopback
from proxy_core.doctor.client_uses import ClientUse
from proxy_core.doctor.finding import Finding
from proxy_core.settings.secret import Secret

__all__ = ["Here", "check_clients"]

_ADVICE = {
    "client_elsewhere": "To use this proxy with it, set its URL to {wanted}.",
    "client_port": "Set its URL to {wanted}.",
    "client_scheme": "Set its URL to {wanted}.",
    "client_path": "Set its URL to {wanted}.",
    "client_form": "It works here all the same; elsewhere it would not. Write {wanted}.",
    "client_key_missing": "Put a key of this proxy into {key_place}.",
    "client_key_wrong": "Put a key of this proxy into {key_place}.",
    "client_key_unknown": "Start the proxy once; it makes a key and shows it.",
    "client_unreadable": "Correct the file, or let the program write it anew.",
    "client_wire_api": 'Set wire_api = "responses".',
    "client_built_in": "Define a model_provider of its own with base_url = {wanted}.",
}
_TEXTS = {
    "client_ok": "{program} leads here with a key of this proxy ({place}).",
    "client_elsewhere": "{program} does not use this proxy ({place}).",
    "client_port": "{program} leads to {url}, where this proxy does not listen ({place}).",
    "client_scheme": "{program} leads to {url}, but this proxy speaks {scheme} ({place}).",
    "client_path": "{program} leads to a path that this proxy does not have: {url} ({place}).",
    "client_form": "{program} leads to {url}; its URL should read {wanted} ({place}).",
    "client_key_missing": "{program} leads here but has no key: {key_place} is empty ({place}).",
    "client_key_wrong": "{program} leads here with a key that is not this proxy's: {key_place} ({place}).",
    "client_key_unknown": "{program} leads here, but this proxy has no key yet ({place}).",
    "client_unreadable": "The settings of {program} cannot be read: {place}.",
    "client_wire_api": "{program} is set to the chat API, which it does not speak any more ({place}).",
    "client_built_in": "{program} uses its built-in provider, which first tries a WebSocket ({place}).",
}
_VERDICTS_OF_NOTES = frozenset({"client_elsewhere", "client_form", "client_key_unknown", "client_built_in"})


@dataclass(frozen=True, slots=True)
class Here:
    """Where this proxy is to be found. `base_url` has no `/v1`; `keys` are the valid ones, none before it ran."""

    base_url: str
    keys: tuple[Secret, ...]


def check_clients(uses: Iterable[ClientUse], here: Here) -> Iterator[Finding]:
    """One finding for each place; at least one."""
    found = False
    for use in uses:
        found = True
        yield _build(use, here, _judge(use, here))
    if not found:
        text = "No settings of Claude Code, Codex, opencode or aider were found, and no variables of the SDKs."
        yield Finding("clients", "ok", text, code="clients_none")


def _judge(use: ClientUse, here: Here) -> str:
    if use.problem == "client_unreadable":
        return use.problem
    return _judge_url(use, here) or use.problem or _judge_key(use, here) or "client_ok"


def _judge_url(use: ClientUse, here: Here) -> str:
    """The code of what is wrong with the URL, or nothing."""
    called, own = _split(use.url or ""), urlsplit(here.base_url)
    if called is None or not _same_host(called, own):
        return "client_elsewhere"
    if _port(called) != own.port:
        return "client_port"
    if called.scheme != own.scheme:
        return "client_scheme"
    path = called.path.rstrip("/")
    if path not in ("", "/v1"):
        return "client_path"
    return ""


def _judge_key(use: ClientUse, here: Here) -> str:
    if not here.keys:
        return "client_key_unknown"
    if use.key is None and not use.keeps_key_elsewhere:
        return "client_key_missing"
    if use.key is not None and use.key.reveal() not in {key.reveal() for key in here.keys}:
        return "client_key_wrong"
    has_v1 = urlsplit(use.url or "").path.rstrip("/") == "/v1"
    return "" if has_v1 == use.wants_v1 else "client_form"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and _port(parts) else None
    except ValueError:
        return None


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _same_host(called: SplitResult, own: SplitResult) -> bool:
    return called.hostname == own.hostname or is_loopback(called.hostname or "")


def _build(use: ClientUse, here: Here, code: str) -> Finding:
    facts = {
        "program": use.program,
        "place": use.place,
        "url": _bare(use.url),
        "wanted": here.base_url + ("/v1" if use.wants_v1 else ""),
        "scheme": urlsplit(here.base_url).scheme,
        "key_place": use.key_place,
    }
    return Finding(
        "clients",
        "ok" if code == "client_ok" else "warning" if code in _VERDICTS_OF_NOTES else "failed",
        _TEXTS[code].format_map(facts),
        _ADVICE.get(code, "").format_map(facts),
        use.program,
        code,
        facts,
    )


def _bare(url: str | None) -> str:
    """The URL without a login or query that it may carry."""
    parts = _split(url or "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts else ""
