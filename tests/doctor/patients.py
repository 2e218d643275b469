"""What the doctor looks at in tests: settings in front of a simulated SAP AI Core, and nothing of this machine."""

import socket
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from proxy_core.doctor.examination import Patient, examine
from proxy_core.doctor.finding import CODES, Check, Finding
from proxy_core.doctor.model_calls import OpenModelCalls
from proxy_core.settings.model import ServiceKeyDocument, Settings, SubAccountSettings
from proxy_core.settings.secret import Secret
from proxy_core.simulator.server import Simulator

__all__ = ["KEY", "codes", "diagnose", "free_port", "patient_of"]

KEY = "sk-test-0123456789"


def free_port() -> int:
    """A port that was free a moment ago."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
    return port


def patient_of(
    home: Path,
    sap: Simulator | None = None,
    *,
    keys: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    **changes: Any,
) -> Patient:
    """One sub-account, `demo-eu` of the simulator, or the service keys by name; `changes` are of `Settings`."""
    values = keys or ({"demo-eu": sap.service_key("demo-eu")} if sap else {})
    accounts = tuple(
        SubAccountSettings(name, service_key=ServiceKeyDocument("in key.json", value))
        for name, value in values.items()
    )
    chosen = {"port": free_port(), "sub_accounts": accounts, **changes}
    settings = Settings(config_dir=home, state_dir=home, cache_dir=home, **chosen)
    return Patient(settings, environ or {}, home, (Secret(KEY),))


def diagnose(patient: Patient, check: Check, calls: OpenModelCalls | None = None) -> list[Finding]:
    """The findings of one check."""
    found = list(examine(patient, calls))
    assert {finding.code for finding in found} <= set(CODES)
    return [finding for finding in found if finding.check == check]


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]
