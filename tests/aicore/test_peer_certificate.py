"""A certificate in words, from the dict that Python makes of it."""

from typing import Any

import pytest

from proxy_core.aicore.peer_certificate import decode_certificate


def name(**fields: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    return tuple(((key, value),) for key, value in fields.items())


@pytest.mark.parametrize(
    ("issuer", "words"),
    [
        (name(organizationName="Example Ltd", commonName="Example Root"), "Example Root (Example Ltd)"),
        (name(commonName="Example Root"), "Example Root"),
        (name(organizationName="Example Ltd"), "Example Ltd"),
        (name(organizationName="Same", commonName="Same"), "Same"),
        (name(organizationName="Example Ltd", organizationalUnitName="Gateway"), "Gateway (Example Ltd)"),
        ((), ""),
    ],
)
def test_issuer_is_told_by_its_best_names(issuer: Any, words: str) -> None:
    assert decode_certificate({"issuer": issuer}).issuer == words


def test_names_and_dates_are_read() -> None:
    found = decode_certificate({
        "subjectAltName": (("DNS", "a.example"), ("IP Address", "10.0.0.1"), ("email", "x@a.example")),
        "notBefore": "Jan  2 00:00:00 2026 GMT",
        "notAfter": "Mar 31 23:59:59 2027 GMT",
    })  # fmt: skip

    assert found.names == ("a.example", "10.0.0.1")
    assert (found.valid_from, found.valid_until) == ("2026-01-02", "2027-03-31")


def test_old_certificate_is_for_its_common_name() -> None:
    assert decode_certificate({"subject": name(commonName="old.example")}).names == ("old.example",)


def test_certificate_that_says_nothing_is_empty() -> None:
    found = decode_certificate({})

    assert (found.issuer, found.names, found.valid_from, found.valid_until) == ("", (), "", "")
