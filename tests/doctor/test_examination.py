"""The order of the examination, and what never leaves it."""

from dataclasses import replace
from pathlib import Path

import pytest

from proxy_core.doctor.examination import examine
from proxy_core.doctor.finding import CHECKS
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.doctor.patients import KEY, patient_of

SECRET = "client-secret-of-the-test"


def test_checks_come_in_the_order_of_their_titles(tmp_path: Path) -> None:
    with Simulator(demo_world()) as sap:
        found = [finding.check for finding in examine(patient_of(tmp_path, sap))]

    assert list(dict.fromkeys(found)) == [check for check in CHECKS if check in found]
    assert len(set(found)) == len(CHECKS) - 2  # no broken account, no calls asked for


@pytest.mark.parametrize(
    "key",
    [
        {"clientsecret": SECRET},
        {"credentials": {"clientsecret": SECRET}},
        {"aicore": [{"credentials": {"key": SECRET}}]},
    ],
)
def test_secrets_of_a_service_key_are_hidden_in_whatever_form(tmp_path: Path, key: dict[str, object]) -> None:
    patient = replace(patient_of(tmp_path, keys={"mine": key}), problem=f"Wrong: {SECRET}. Not {KEY}.")

    found = repr(list(examine(patient)))

    assert "Wrong: •••" in found
    assert SECRET not in found
    assert KEY not in found


def test_secrets_of_variables_and_of_the_proxy_are_hidden(tmp_path: Path) -> None:
    patient = patient_of(
        tmp_path, environ={"AICORE_CLIENT_SECRET": SECRET}, proxy="http://me:geheim@proxy.example:1"
    )
    patient = replace(patient, problem=f"Wrong: {SECRET}. Not geheim.")

    found = repr(list(examine(patient)))

    assert SECRET not in found
    assert "geheim" not in found


def test_home_folder_is_not_named(tmp_path: Path) -> None:
    patient = replace(patient_of(tmp_path, config_path=tmp_path / "config.json"), home=tmp_path)

    settings = next(iter(examine(patient)))

    assert settings.text == "The settings in ~/config.json can be read."
