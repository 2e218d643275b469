"""The words of the page: complete in both languages, and all of them used."""

import re
from pathlib import Path

import pytest

from proxy_core.admin.page_texts import LANGUAGES, PageTexts
from proxy_core.aicore.key_check import CODES
from proxy_core.doctor.finding import CHECKS
from proxy_core.doctor.finding import CODES as DOCTOR_CODES
from proxy_core.routing.health import Cause, State
from proxy_core.routing.status import BUSY
from tests.admin.page_client import PageClient

PAGE = Path(__file__).parents[2] / "proxy_core" / "admin" / "page"
FINDINGS = ("check.", "advice.")
BUILT = ("state.", "step.", "verdict.", "doctor.check.", "store.", "accounts.", "models.", "damaged.", "health.")
"""Keys that the scripts put together from a word of the program."""


def sources() -> str:
    return "".join(file.read_text(encoding="utf-8") for file in PAGE.iterdir() if file.suffix in (".js", ".html"))


def test_every_text_is_there_in_both_languages() -> None:
    entries = PageTexts().entries

    missing = [
        key for key, texts in entries.items() if not key.startswith(FINDINGS) and set(texts) != set(LANGUAGES)
    ]
    assert missing == []


def test_both_languages_have_the_same_places_for_values() -> None:
    entries = PageTexts().entries

    for key, texts in entries.items():
        places = {tuple(sorted(re.findall(r"\{(\w+)\}", text))) for text in texts.values()}
        assert len(places) == 1, key


def test_every_finding_of_a_check_has_a_german_text() -> None:
    german = PageTexts().in_language("de")

    assert [code for code in (*CODES, *DOCTOR_CODES) if f"check.{code}" not in german] == []


def test_every_state_and_cause_has_its_text() -> None:
    entries = PageTexts().entries

    states = [f"health.{state}" for state in (*State, BUSY) if state is not State.READY]
    causes = [f"health.why.{cause}" for cause in (*Cause, "own_limit")]
    assert [key for key in (*states, *causes) if key not in entries] == []


def test_every_check_of_the_doctor_has_a_title() -> None:
    english = PageTexts().in_language("en")

    assert {check: english.get(f"doctor.check.{check}") for check in CHECKS} == dict(CHECKS)


def test_every_text_that_the_page_wants_is_there() -> None:
    wanted = set(re.findall(r"""\bt\(["']([\w.]+)["']""", sources()))

    assert len(wanted) > 100
    assert wanted - set(PageTexts().entries) == set()


def test_no_text_is_left_over() -> None:
    used = sources()

    unused = [
        key
        for key in PageTexts().entries
        if f'"{key}"' not in used and not key.startswith((*FINDINGS, *BUILT, "closed."))
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("fr,de;q=0.5", "de"),
        ("", "en"),
    ],
)
def test_language_is_the_browsers(page: PageClient, accepted: str, language: str) -> None:
    headers = {"Cookie": page.cookie, "Accept-Language": accepted}

    assert f'<html lang="{language}">' in page.raw("GET", page.base, headers).body.decode()
    assert page.get("texts", headers).json()["language"] == language
