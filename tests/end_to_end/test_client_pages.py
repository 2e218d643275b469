"""The pages in docs/clients: equal to what the program gives and what `make clients` runs, and honest about it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.client_settings import Client, Connection, build_client_settings
from tests.clients.installing import NPM, VENVS
from tests.clients.parts import KEY, Place
from tests.clients.table import CLIENTS, PAGES, PAGES_ADDRESS, read_snippets
from tests.end_to_end.user import Program, User
from tray_app.texts import ENGLISH

INDEX = "README.md"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(PAGES.glob("*.md"))}
PAGES_OF_CLIENTS = [name for name in TEXTS if name != INDEX]
MODELS = ("gpt-5", "claude-sonnet-4-5", "claude-haiku-4-5", "gemini-2.5-pro")
"""Those of the demo that the pages show."""
READY_SETTINGS = {
    Client.CLAUDE_CODE: "claude-code.md",
    Client.CODEX: "codex.md",
    Client.OPENCODE: "opencode.md",
    Client.CLINE: "cline.md",
    Client.CHERRY_STUDIO: "cherry-studio.md",
    Client.CURSOR: "cursor.md",
    Client.ENVIRONMENT: INDEX,
}
OWN_SETTINGS = {
    "Continue CLI": "continue.md",
    "Qwen Code": "qwen-code.md",
    "Gemini CLI": "gemini-cli.md",
    "claude-code-router": "claude-code-router.md",
    "llm": "llm.md",
}
"""Rows of `make clients` whose settings the program does not give."""
BY_THE_WAY = {"LLM_USER_PATH", "GEMINI_CLI_TRUST_WORKSPACE"}
"""Variables that a run needs for its empty folder, and a user does not."""
INSTALLED_HERE = ("openai-sdk.md", "anthropic-sdk.md", "google-genai-sdk.md")
ROUTER_PORT = "3456"


def blocks(page: str) -> list[str]:
    """The code blocks without their indent."""
    found = re.findall(r"^( *)```\w+\n(.*?)^ *```", TEXTS[page], re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def rows_named(text: str) -> set[str]:
    """Rows of `make clients`; they stand in italics."""
    return {name for client in CLIENTS if f"*{(name := client.name)}*" in text.replace("\n", " ")}


def verified(page: str) -> str:
    """The paragraph that says what was verified."""
    found = re.search(r"^\*\*Verified.*?(?=\n\n|\Z)", TEXTS[page], re.DOTALL | re.MULTILINE)
    assert found, page
    return found[0]


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> User:
    return User(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def demo(user: User) -> Iterator[Program]:
    with user.running("--demo") as program:
        yield program


@pytest.mark.parametrize("client", list(Client))
def test_a_page_shows_the_settings_that_the_program_gives(client: Client) -> None:
    given = build_client_settings(Connection(PAGES_ADDRESS, KEY, MODELS), ENGLISH.client_words)

    assert given[client] in blocks(READY_SETTINGS[client])


@pytest.mark.parametrize(("row", "page"), OWN_SETTINGS.items())
def test_a_page_shows_the_settings_that_make_clients_uses(row: str, page: str, tmp_path: Path) -> None:
    program = tmp_path / "npm" / "node_modules" / "@anthropic-ai" / "claude-code-linux-x64" / "claude"
    program.parent.mkdir(parents=True)
    program.touch()
    [client] = [client for client in CLIENTS if client.name == row]
    run = client.plan(Place(PAGES_ADDRESS, "gpt-5", tmp_path / "home", tmp_path / "work", tmp_path))
    own_port = str(run.service.port) if run.service else ROUTER_PORT

    for text in run.files.values():
        assert text.replace(own_port, ROUTER_PORT) in blocks(page)
    for name, value in run.environ.items():
        assert name in BY_THE_WAY or f"export {name}={value.replace(own_port, ROUTER_PORT)}\n" in TEXTS[page]


def test_every_model_that_the_pages_show_is_in_the_demo(demo: Program) -> None:
    assert set(MODELS) <= set(demo.models(KEY))


@pytest.mark.parametrize("page", INSTALLED_HERE)
def test_the_lines_of_a_page_run_as_they_stand(page: str, user: User, demo: Program) -> None:
    """Those whose packages the tests have; `make clients` runs the others."""
    [lines] = read_snippets(page, "python", demo.url)
    done = user.run("python", "-W", "ignore", "-c", lines)

    assert (done.returncode, done.stderr) == (0, "")
    assert "simulated" in done.stdout


def test_the_index_lists_every_page() -> None:
    listed = re.findall(r"^\| \[.+?\]\((.+?\.md)\) \|", TEXTS[INDEX], re.MULTILINE)

    assert sorted(listed) == PAGES_OF_CLIENTS


def test_every_row_of_make_clients_has_a_page() -> None:
    named = {name for page in PAGES_OF_CLIENTS for name in rows_named(verified(page))}

    assert named == {client.name for client in CLIENTS}


@pytest.mark.parametrize("page", PAGES_OF_CLIENTS)
def test_the_index_claims_what_the_page_claims(page: str) -> None:
    title = TEXTS[page].splitlines()[0].removeprefix("# ")
    [cells] = re.findall(rf"^\| \[{re.escape(title)}\]\({page}\) \|.*\| (.*) \|$", TEXTS[INDEX], re.MULTILINE)

    assert rows_named(cells) == rows_named(verified(page))
    assert cells.startswith("no") != bool(rows_named(cells))


@pytest.mark.parametrize("page", PAGES_OF_CLIENTS)
def test_a_page_without_a_row_says_that_nothing_was_verified(page: str) -> None:
    assert verified(page).startswith("**Verified:** nothing") != bool(rows_named(verified(page)))


def test_the_pages_name_the_versions_that_make_clients_installs() -> None:
    pins = {*NPM, *(pin for packages in VENVS.values() for pin in packages)}
    named = {
        name
        for page in PAGES_OF_CLIENTS
        for name in re.findall(r"`(@?[\w/,.\[\]-]+(?:@|==)\d[\w.]*)`", verified(page))
    }

    assert named == pins


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_to_files(page: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", TEXTS[page])

    assert [link for link in links if not (PAGES / link).exists()] == []
