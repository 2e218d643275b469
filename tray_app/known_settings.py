"""What the settings tell the settings page while they can be read. A look: it changes nothing and asks the user
nothing."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from proxy_core.aicore.key_check import client_id_hint
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.errors import ConfigurationError
from proxy_core.json_text import JsonObject
from proxy_core.settings.model import ServiceKeyDocument
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStoreError
from tray_app.form import read_form
from tray_app.profile_source import KeySource

__all__ = ["KnownSettings", "read_known_settings"]


@dataclass(frozen=True, slots=True)
class KnownSettings:
    """The form's fields, the clients' keys by id, the beginnings of the client ids by account, and whether the
    configuration itself holds secrets."""

    form: JsonObject = field(default_factory=dict)
    api_keys: tuple[tuple[str, Secret], ...] = ()
    clients: Mapping[str, str] = field(default_factory=dict)
    plain_secrets: bool = False


def read_known_settings(source: KeySource, *, running: bool) -> KnownSettings:
    """Nothing of what cannot be read. A named file is read only while the proxy is `running` with it: its
    references may lead to a store that asks for a password."""
    profile = source.profile
    with suppress(ConfigurationError, SecretStoreError):
        if profile is not None:
            return KnownSettings(
                form=read_form(profile.document()),
                api_keys=profile.api_keys(),
                clients=_client_hints(source),
                plain_secrets=profile.holds_plain_secrets(),
            )
        if source.file is not None and running:
            return KnownSettings(api_keys=source.api_keys(), clients=_client_hints(source))
    return KnownSettings()


def _client_hints(source: KeySource) -> Mapping[str, str]:
    try:
        accounts = source.settings().sub_accounts
    except ConfigurationError:
        return {}
    hints = {}
    for account in accounts:
        match account.service_key:
            case ServiceKeyDocument(where=where, value=value):
                try:
                    hints[account.name] = client_id_hint(parse_service_key(value, where).client_id)
                except ConfigurationError:
                    continue
    return hints
