"""What the proxy mends by itself: dead tokens, sub-accounts that are away, fields that a model refuses."""

import json
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from proxy_core.engine import Engine
from proxy_core.settings.api_keys import ApiKeys
from proxy_core.settings.model import ServiceKeyDocument, Settings, SubAccountSettings
from proxy_core.settings.secret import Secret
from proxy_core.simulator.faults import ANY_DEPLOYMENT, TOKEN_ENDPOINT, Fault
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.end_to_end.asking import EVERY_WAY, Heard, Way, ask_all, every_way
from tests.end_to_end.stand import KEY, Stand, running_stand

SAID = "[[sim: say all is well]]"
CHAT_GPT = Way("chat", "gpt-4o", False)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stand]:
    """A stand of its own, for what the proxy remembers."""
    with running_stand(tmp_path) as stand:
        stand.world.requests.clear()
        yield stand


@contextmanager
def two_services(home: Path, secret: str | None = None) -> Iterator[tuple[Stand, Simulator]]:
    """A stand whose sub-account `demo-eu` lives in a service of its own, which can be stopped; `secret` is its
    client secret in the configuration."""
    with Simulator(demo_world()) as away, Simulator(demo_world()) as near:
        key = away.service_key("demo-eu")
        accounts = (
            SubAccountSettings(
                "demo-eu", service_key=document({**key, **({"clientsecret": secret} if secret else {})})
            ),
            SubAccountSettings("demo-us", service_key=document(near.service_key("demo-us"))),
        )
        settings = Settings(config_dir=home, state_dir=home, cache_dir=home, sub_accounts=accounts, port=0)
        engine = Engine(settings, ApiKeys((Secret(KEY),)), {}, logging.getLogger("test"))
        with engine:
            yield Stand(near.world, engine), away


def document(key: Mapping[str, Any]) -> ServiceKeyDocument:
    return ServiceKeyDocument("in key.json", dict(key))


def texts(answers: Mapping[str, Heard]) -> set[tuple[int, str]]:
    return {(heard.status, heard.text) for heard in answers.values()}


@every_way
def test_a_token_that_was_revoked_is_renewed_once(stand: Stand, way: Way) -> None:
    way.ask(stand, SAID)
    way.ask(stand, SAID)  # both sub-accounts have a token now
    stand.world.tokens.revoke_all()
    stand.world.requests.clear()

    heard = way.ask(stand, SAID)

    assert (heard.status, heard.text) == (200, "all is well")
    first, second = [seen.headers["authorization"] for seen in stand.world.requests]
    assert first != second


def test_many_requests_with_a_dead_token_fetch_few_new_ones(stand: Stand) -> None:
    ask_all(stand, EVERY_WAY, SAID)
    stand.world.tokens.revoke_all()
    stand.world.requests.clear()

    answers = ask_all(stand, EVERY_WAY, SAID)

    assert texts(answers) == {(200, "all is well")}
    tokens = {seen.headers["authorization"] for seen in stand.world.requests}
    assert len(tokens) == 4  # a dead and a new one for each of two sub-accounts


@every_way
def test_a_token_that_is_refused_for_ever_is_an_error_with_sap_s_words(stand: Stand, way: Way) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=401, body="text"))

    heard = way.ask(stand, SAID)

    assert heard.status in (401, 502)
    assert heard.error["type"] == "authentication_error"
    assert "Jwt is expired" in heard.error["message"]
    assert heard.headers["x-should-retry"] == "false"
    assert len(stand.inference_bodies()) == 4


@every_way
def test_a_token_endpoint_that_is_down_is_told(stand: Stand, way: Way) -> None:
    stand.world.tokens.revoke_all()
    stand.world.faults.set(TOKEN_ENDPOINT, Fault("status", status=503, text="UAA is being repaired"))

    heard = way.ask(stand, SAID)

    assert heard.status == (529 if way.dialect == "messages" else 503)
    assert heard.error["message"] == "SAP gave no token: UAA is being repaired"
    assert "retry-after" in heard.headers


def test_a_token_endpoint_that_resets_the_connection_is_told(fresh: Stand) -> None:
    fresh.world.tokens.revoke_all()
    fresh.world.faults.set(TOKEN_ENDPOINT, Fault("reset"))

    for heard in ask_all(fresh, EVERY_WAY, SAID).values():
        assert heard.status == 502
        assert "broke before an answer came" in heard.error["message"]


def test_a_sub_account_that_refuses_connections_is_replaced_by_another(tmp_path: Path) -> None:
    with two_services(tmp_path) as (stand, away):
        away.stop()
        answers = [ask_all(stand, EVERY_WAY, SAID) for _ in range(2)]

    assert texts(answers[0]) | texts(answers[1]) == {(200, "all is well")}


def test_when_every_sub_account_refuses_connections_the_error_says_where(tmp_path: Path) -> None:
    with two_services(tmp_path) as (stand, away):
        alone = Way("chat", "gpt-4.1", False)  # runs in demo-eu only
        away.stop()
        heard = alone.ask(stand, SAID)

    assert heard.status == 502
    assert heard.error["type"] == "server_error"
    assert "No connection to 127.0.0.1" in heard.error["message"]


def test_a_wrong_secret_of_one_sub_account_leaves_the_other_working(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with two_services(tmp_path, secret="not-the-secret") as (stand, _):
        answers = ask_all(stand, EVERY_WAY, SAID)
        missing = Way("chat", "a-model-that-runs-nowhere", False).ask(stand, SAID)

    assert texts(answers) == {(200, "all is well")}
    assert "demo-eu" in missing.error["message"]
    assert any("Bad credentials" in record.getMessage() for record in caplog.records)
    assert not any("not-the-secret" in record.getMessage() for record in caplog.records)


REFUSALS: dict[str, tuple[Way, dict[str, Any], dict[str, str], Any, str]] = {
    "azure": (
        Way("chat", "gpt-4o", False),
        {"user": "me"},
        {},
        {"error": {"message": "Unknown parameter: 'user'.", "code": "unknown_parameter", "param": "user"}},
        "user",
    ),
    "claude": (
        Way("messages", "anthropic--claude-4.5-sonnet", True),
        {"metadata": {"user_id": "me"}},
        {},
        {"message": "metadata: Extra inputs are not permitted"},
        "metadata",
    ),
    "beta": (
        Way("messages", "anthropic--claude-4.5-sonnet", True),
        {},
        {"anthropic-beta": "interleaved-thinking-2025-05-14"},
        {"message": "invalid beta flag"},
        "anthropic_beta",
    ),
    "gemini": (
        Way("chat", "gemini-2.5-pro", True),
        {"seed": 7},
        {},
        {
            "error": {
                "code": 400,
                "message": "Invalid JSON payload received. Unknown name \"seed\" at 'generation_config': "
                "Cannot find field.",
                "status": "INVALID_ARGUMENT",
            }
        },
        "generation_config.seed",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_field_that_the_model_refuses_is_left_out_and_remembered(
    fresh: Stand, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    way, more, headers, refusal, field = REFUSALS[name]
    fresh.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=400, text=json.dumps(refusal), times=1))

    first = way.ask(fresh, SAID, headers, **more)
    second = way.ask(fresh, SAID, headers, **more)

    assert [(heard.status, heard.text) for heard in (first, second)] == [(200, "all is well")] * 2
    assert field in first.headers["x-proxy-dropped"]
    assert field in second.headers["x-proxy-dropped"]
    key = field.rpartition(".")[2]
    held = [f'"{key}":' in json.dumps(body) for body in fresh.inference_bodies()]
    assert held == [True, False, False]
    told = [record for record in caplog.records if "is left out from now on" in record.getMessage()]
    assert len(told) == 1


def test_a_field_is_left_out_for_the_model_that_refused_it_only(fresh: Stand) -> None:
    way, more, headers, refusal, _ = REFUSALS["azure"]
    fresh.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=400, text=json.dumps(refusal), times=1))
    way.ask(fresh, SAID, headers, **more)

    Way("chat", "gpt-4.1", False).ask(fresh, SAID, **more)

    assert fresh.inference_bodies()[-1]["user"] == "me"


def test_a_field_that_is_refused_again_and_again_is_told_in_the_end(fresh: Stand) -> None:
    _, more, _, refusal, _ = REFUSALS["azure"]
    fresh.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=400, text=json.dumps(refusal)))

    heard = CHAT_GPT.ask(fresh, SAID, **more)

    assert (heard.status, heard.error["message"], heard.error["param"]) == (
        400,
        "Unknown parameter: 'user'.",
        "user",
    )
    assert len(fresh.inference_bodies()) == 2


STRANGE_THOUGHT = {"type": "thinking", "thinking": "Let me see.", "signature": "made-by-another-program"}


@pytest.mark.parametrize("stream", [False, True])
def test_thoughts_whose_proof_is_refused_stay_behind(stand: Stand, stream: bool) -> None:
    """A conversation that another program signed would fail at every turn."""
    turns = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [STRANGE_THOUGHT, {"type": "text", "text": "hello"}]},
        {"role": "user", "content": SAID},
    ]
    way = Way("messages", "anthropic--claude-4.5-sonnet", stream)

    heard = way.ask(stand, "", messages=turns, thinking={"type": "enabled", "budget_tokens": 1024})

    assert (heard.status, heard.text) == (200, "all is well")
    assert "thinking" in heard.headers["x-proxy-dropped"]
    assert ["Let me see." in json.dumps(body) for body in stand.inference_bodies()] == [True, False]
    assert stand.inference_bodies()[-1]["thinking"]["type"] == "enabled"


def test_thoughts_that_are_refused_without_end_are_told(stand: Stand) -> None:
    words = "messages.1.content.0: Invalid `signature` in `thinking` block"
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=400, text=json.dumps({"message": words})))

    heard = Way("messages", "anthropic--claude-4.5-sonnet", False).ask(stand, SAID)

    assert (heard.status, heard.error["message"]) == (400, words)
    assert len(stand.inference_bodies()) == 2


def test_a_burst_of_clients_gets_each_its_own_answer(stand: Stand) -> None:
    wanted = [(EVERY_WAY[number % len(EVERY_WAY)], f"answer number {number}") for number in range(96)]

    with ThreadPoolExecutor(32) as pool:
        heard = list(pool.map(lambda item: item[0].ask(stand, f"[[sim: say {item[1]}]]"), wanted))

    assert [answer.text for answer in heard] == [text for _, text in wanted]
    assert len({answer.headers["x-request-id"] for answer in heard}) == len(wanted)
