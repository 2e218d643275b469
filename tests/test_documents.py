"""The documents hang together: no dead link, and no page that nobody finds."""

import re
from functools import cache
from pathlib import Path

import pytest

from release.version import ROOT

README = ROOT / "README.md"
PACKAGES = (ROOT / "proxy_core", ROOT / "tray_app")
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
_ELSEWHERE = re.compile(r"[a-z]+:")


def prose(page: Path) -> str:
    """The page without its code, in which brackets mean something else."""
    without_blocks = re.sub(
        r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    return re.sub(r"`[^`\n]*`", "", without_blocks)


def links(page: Path) -> list[str]:
    found = [first or second for first, second in _LINK.findall(prose(page))]
    return [link for link in found if not _ELSEWHERE.match(link)]


def target(page: Path, link: str) -> Path:
    path = (page.parent / link.partition("#")[0]).resolve() if not link.startswith("#") else page
    return path / "README.md" if path.is_dir() else path


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of the headings, as GitHub makes them."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#{1,6} (.+)$", text, flags=re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def is_dead(page: Path, link: str) -> bool:
    found = target(page, link)
    if not found.is_file():
        return True
    anchor = link.partition("#")[2]
    return bool(anchor) and anchor not in anchors(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_is_dead(page: Path) -> None:
    assert [link for link in links(page) if is_dead(page, link)] == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = {README}, [README]
    while ahead:
        page = ahead.pop()
        found = {target(page, link) for link in links(page)} & set(PAGES) - reached
        reached |= found
        ahead += found

    assert set(PAGES) - reached == set()


def test_last_line_of_the_readme_names_every_page_of_docs() -> None:
    last = README.read_text(encoding="utf-8").rstrip().splitlines()[-1]

    missing = [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in last]
    assert missing == []


def test_dead_links_are_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title, here\n[a](#a-title-here) [b](#b) [c](other.md) [d](https://a.example) `[e](f)`\n")

    assert [link for link in links(page) if is_dead(page, link)] == ["#b", "other.md"]


@pytest.mark.parametrize("name", ["architecture", "contributing", "security"])
def test_named_places_of_the_code_are_there(name: str) -> None:
    """Written from the top of the repository or from anywhere within a package."""
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    places = re.findall(r"`([\w.]+(?:/[\w.]+)*/(?:[\w]+\.(?:py|json|md|sh))?)`", text)

    assert len(places) >= 3
    assert [place for place in places if not is_there(place.rstrip("/"))] == []


def is_there(place: str) -> bool:
    return (ROOT / place).exists() or any(next(package.rglob(place), None) for package in PACKAGES)
