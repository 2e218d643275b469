"""What the doctor examines when the settings page asks for it: the program's own settings and its running proxy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from proxy_core.admin.backend import BackendError
from proxy_core.doctor.examination import Patient
from proxy_core.doctor.model_calls import ModelCallError, ModelCalls
from proxy_core.errors import ConfigurationError
from proxy_core.settings.model import Settings
from proxy_core.settings.secret_store import SecretStoreError
from tray_app.profile_source import KeySource

__all__ = ["build_patient", "running_calls"]


def build_patient(
    source: KeySource, environ: Mapping[str, str], config_dir: Path, home: Path, port: int | None
) -> Patient:
    """Settings that cannot be read are told as a finding; the rest is examined all the same. `port` is where the
    proxy runs, None when it does not."""
    try:
        settings = source.settings()
        keys = tuple(key for _, key in source.api_keys())
    except (ConfigurationError, SecretStoreError) as error:
        usual = Settings(config_dir=config_dir, state_dir=config_dir, cache_dir=config_dir)
        return Patient(usual, environ, home, problem=str(error))
    return Patient(settings if port is None else replace(settings, port=port), environ, home, keys)


@contextmanager
def running_calls(names: Sequence[str], ask: Callable[[str], str], not_running: str) -> Iterator[ModelCalls]:
    """Calls through the running proxy; `names` is empty while it does not run. `ask` raises `BackendError`."""

    def ask_model(name: str) -> str:
        try:
            return ask(name)
        except BackendError as error:
            raise ModelCallError(str(error)) from error

    if not names:
        raise ModelCallError(not_running)
    yield ModelCalls(tuple(names), ask_model)
