"""Budgets of API keys in the tray application: a changed list of keys keeps them."""

import http.client
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from proxy_core.settings.api_keys import key_identity
from proxy_core.settings.profile import Profile
from tests.tray_app.desk import Program

OVER = {"name": "ci", "daily_tokens": 1}


def ask(program: Program, key: str) -> Any:
    """The error of a chat request, None for an answer."""
    engine = program.controller.engine
    assert engine is not None
    body = json.dumps({"model": "gpt-5", "messages": [{"role": "user", "content": "hello"}]})
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=20)
    try:
        connection.request("POST", "/v1/chat/completions", body, {"x-api-key": key})
        return json.loads(connection.getresponse().read()).get("error")
    finally:
        connection.close()


def limit(profile: Profile) -> None:
    """Give the first key a budget, as somebody does who edits the file."""
    path = profile.files.path
    document = json.loads(path.read_text())
    document["secret_authentication_tokens"][0] |= OVER
    path.write_text(json.dumps(document))


@pytest.fixture
def limited(served: Program) -> Program:
    limit(served.profile)
    return served


def test_rotated_key_has_the_budget_of_the_old_one(limited: Program) -> None:
    new = limited.backend.rotate_api_key(limited.profile.api_key_ids()[0])
    first, second = ask(limited, new), ask(limited, new)

    assert first is None
    assert 'of the API key "ci" is used up' in second["message"]


def test_key_that_is_added_beside_one_with_a_budget_has_none(limited: Program) -> None:
    added = limited.backend.add_api_key()

    assert [ask(limited, added), ask(limited, added)] == [None, None]


def test_file_of_the_counts_lies_in_the_state_folder(limited: Program) -> None:
    new = limited.backend.rotate_api_key(limited.profile.api_key_ids()[0])
    ask(limited, new)

    state: Path = limited.profile.settings().settings.state_dir
    counts = json.loads((state / "token_counts.json").read_text())
    assert counts["tokens"].keys() == {key_identity(new)}
    assert datetime.fromisoformat(counts["day"]).replace(tzinfo=UTC) <= datetime.now(UTC)
