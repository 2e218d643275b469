"""The report as text and JSON, and what it never shows."""

from pathlib import Path

import pytest

from proxy_core.doctor.finding import Finding, split_advice
from proxy_core.doctor.redaction import Redaction
from proxy_core.doctor.report import describe_outcome, encode_report, render_finding, render_report
from proxy_core.settings.secret import Secret

OK = Finding("port", "ok", "The port is free.", "Not shown.")
NOTE = Finding("clients", "warning", "Codex leads elsewhere.", "Set its URL.", "Codex")
FAILED = Finding("trust", "failed", "No trust.", "Set ca_file.", "api.example")


def test_line_names_check_and_subject_with_the_cure_below() -> None:
    assert render_finding(FAILED) == "FAILED   Way to SAP (api.example): No trust.\n         → Set ca_file."


def test_advice_is_left_out_where_nothing_is_to_do() -> None:
    assert render_finding(OK) == "ok       Address and port: The port is free."


def test_outcome_counts() -> None:
    assert describe_outcome([OK, NOTE]) == "Nothing failed; notes: 1."
    assert describe_outcome([OK, NOTE, FAILED]).startswith("Failed: 1, notes: 1.")


def test_report_begins_with_versions_and_holds_every_line() -> None:
    lines = render_report([OK, NOTE, FAILED]).splitlines()

    assert "Python 3." in lines[0]
    assert len(lines) == 9


@pytest.mark.parametrize(("findings", "ok"), [([OK, NOTE], True), ([OK, FAILED], False)])
def test_json_says_whether_all_is_well(findings: list[Finding], ok: bool) -> None:
    report = encode_report(findings)

    assert report["ok"] is ok
    assert [one["verdict"] for one in report["findings"]] == [one.verdict for one in findings]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("key sk-secret-1 here", "key ••• here"),
        ("in /home/jo/config.json", "in ~/config.json"),
        ("http://me:pass@proxy:1", "http://•••@proxy:1"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer •••"),
        ("my-tenant.authentication.eu10.hana.ondemand.com", "•••.authentication.eu10.hana.ondemand.com"),
        ("http://user:password@host:port", "http://user:password@host:port"),
        ("nothing to hide: ab", "nothing to hide: ab"),
    ],
)
def test_report_hides_what_others_should_not_read(told: str, shown: str) -> None:
    redaction = Redaction([Secret("sk-secret-1"), Secret("ab"), Secret("")], Path("/home/jo"))

    finding = redaction.apply(Finding("settings", "failed", told, told, told, "code", {"detail": told}))

    assert [finding.text, finding.advice, finding.subject, finding.facts["detail"]] == [shown] * 4


def test_first_sentence_of_an_error_is_what_happened() -> None:
    assert split_advice("A is wrong. Do B. Then C.") == ("A is wrong.", "Do B. Then C.")
    assert split_advice("A is wrong", "Do D.") == ("A is wrong.", "Do D.")
