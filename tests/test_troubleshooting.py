"""`docs/troubleshooting.md` quotes what the program says, and says what to do about each of its refusals."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.version import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
PROGRAM = ("proxy_core", "tray_app")
REFUSING = ("settings", "aicore", "routing", "server", "gateway", "cli")
"""The folders of `proxy_core` whose errors all have a row. Families and dialects name the field at fault."""
ERRORS = {
    "ConfigurationError", "SecretStoreError", "ProxyError", "ClientError", "UpstreamError", "TransportError",
    "NotReachableError", "CallFailedError", "PortInUseError",
}  # fmt: skip
SHORTEST_SENTENCE = 3
"""Words. Shorter arguments of errors are codes and names of fields."""
GAP = "{}"
"""Stands for what a message is filled with."""


def quotes() -> list[str]:
    """The code spans with a space in the first column: shorter ones are names and addresses."""
    cells = [line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| ")]
    return [span for cell in cells for span in re.findall(r"`([^`]+)`", cell) if " " in span]


def text_of(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part) or GAP for part in parts)
    return None


def texts(path: Path) -> Iterator[str]:
    """All texts of a module but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    yield from (text for node in ast.walk(tree) if id(node) not in bare and (text := text_of(node)))


def refusals(path: Path) -> Iterator[str]:
    """The sentences with which errors of a module are made."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=arguments) if name in ERRORS:
                yield from sentences(arguments)
            case ast.Call(func=ast.Attribute(value=owner, attr="error"), args=arguments) if not is_log(owner):
                yield from sentences(arguments)


def is_log(node: ast.expr) -> bool:
    return getattr(node, "attr", getattr(node, "id", "")) in ("log", "_log")


def sentences(arguments: list[ast.expr]) -> Iterator[str]:
    found = (text_of(argument) for argument in arguments)
    return (text for text in found if text and len(text.replace(GAP, "").split()) >= SHORTEST_SENTENCE)


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


SAID = "\n".join(text for path in modules(*PROGRAM) for text in texts(path))
REFUSALS = sorted(
    {text for path in modules(*(f"proxy_core/{name}" for name in REFUSING)) for text in refusals(path)}
)


@pytest.mark.parametrize("quote", sorted(set(quotes())))
def test_quoted_message_is_one_of_the_program(quote: str) -> None:
    assert quote in SAID


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refusal_has_a_row(refusal: str) -> None:
    """A new message wants a row in the page, or its words in a row that is there."""
    assert [quote for quote in quotes() if quote in refusal] != []


def test_both_lists_are_found() -> None:
    assert len(set(quotes())) > 80
    assert len(REFUSALS) > 80
