"""Findings as text to read and to copy, and as JSON. Takes them as they are: they are redacted already."""

import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from proxy_core.doctor.finding import CHECKS, Finding, Verdict
from proxy_core.json_text import JsonObject
from proxy_core.version import version_line

__all__ = [
    "describe_outcome",
    "encode_finding",
    "encode_report",
    "has_failed",
    "render_finding",
    "render_head",
    "render_report",
]

_MARKS: dict[Verdict, str] = {"ok": "ok", "warning": "note", "failed": "FAILED", "skipped": "-"}
_INDENT = " " * 9


def encode_finding(finding: Finding) -> JsonObject:
    return {**asdict(finding), "facts": dict(finding.facts)}


def encode_report(findings: Sequence[Finding]) -> JsonObject:
    """`ok` is false when a check failed; notes do not count."""
    return {
        "ok": not has_failed(findings),
        "version": version_line(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "findings": [encode_finding(finding) for finding in findings],
    }


def render_report(findings: Sequence[Finding]) -> str:
    """The whole report, ready to be pasted into a ticket."""
    lines = [render_head(), "", *map(render_finding, findings), "", describe_outcome(findings)]
    return "\n".join(lines) + "\n"


def render_head() -> str:
    frozen = ", packaged" if getattr(sys, "frozen", False) else ""
    return f"{version_line()} · Python {platform.python_version()}{frozen} · {platform.platform()}"


def render_finding(finding: Finding) -> str:
    """One line, and a second one with what to do."""
    title = CHECKS[finding.check] + (f" ({finding.subject})" if finding.subject else "")
    lines = [f"{_MARKS[finding.verdict]:<7}  {title}: {finding.text}"]
    if finding.advice and finding.verdict != "ok":
        lines.append(f"{_INDENT}→ {finding.advice}")
    return "\n".join(lines)


def describe_outcome(findings: Iterable[Finding]) -> str:
    verdicts = [finding.verdict for finding in findings]
    failed, notes = verdicts.count("failed"), verdicts.count("warning")
    if failed:
        return f"Failed: {failed}, notes: {notes}. Mend what failed from the top; the rest often follows from it."
    return f"Nothing failed; notes: {notes}."


def has_failed(findings: Iterable[Finding]) -> bool:
    return any(finding.verdict == "failed" for finding in findings)
