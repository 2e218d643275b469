"""The doctor on the tray application's own settings and running proxy."""

from pathlib import Path

import pytest

from proxy_core.doctor.finding import Finding
from proxy_core.errors import ConfigurationError
from proxy_core.settings.model import Settings
from proxy_core.settings.secret import Secret
from tests.tray_app.desk import Program
from tray_app.examination import build_patient


def codes(findings: list[Finding], check: str) -> list[str]:
    return [finding.code for finding in findings if finding.check == check]


@pytest.fixture(autouse=True)
def home_of_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of this machine's own tools are none of the test's business."""
    monkeypatch.setenv("HOME", str(tmp_path))


def test_running_proxy_is_examined(served: Program) -> None:
    found = list(served.backend.examine(False))

    assert codes(found, "port") == ["port_ours"]
    assert codes(found, "token") == ["token_ok"]
    assert not codes(found, "models")
    assert not [one for one in found if one.verdict == "failed"]


def test_models_are_asked_through_the_running_proxy(served: Program) -> None:
    served.sap.world.requests.clear()

    found = codes(list(served.backend.examine(True)), "models")

    assert set(found) == {"model_ok"}
    assert len(found) == len(served.sap.world.requests.inference())


def test_models_of_a_stopped_proxy_are_not_asked(served: Program) -> None:
    served.backend.stop()

    assert codes(list(served.backend.examine(True)), "models") == ["models_unready"]


def test_findings_hold_no_secret(served: Program) -> None:
    found = repr(list(served.backend.examine(False)))

    assert served.backend.first_key() not in found
    assert served.sap.service_key("demo-eu")["clientsecret"] not in found


class BrokenSource:
    def settings(self) -> Settings:
        raise ConfigurationError("config.json is not valid JSON. Correct it.")

    def api_keys(self) -> tuple[tuple[str, Secret], ...]:
        return ()


def test_settings_that_cannot_be_read_are_a_problem_to_tell(tmp_path: Path) -> None:
    patient = build_patient(BrokenSource(), {}, tmp_path, tmp_path, None)  # type: ignore[arg-type]

    assert patient.problem == "config.json is not valid JSON. Correct it."
