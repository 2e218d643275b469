"""Deployments out of reach or silent, in every dialect: refused connections, certificates, no first byte."""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme

from proxy_core.engine import Engine
from proxy_core.settings.api_keys import ApiKeys
from proxy_core.settings.model import (
    LimitSettings,
    ServiceKeyDocument,
    Settings,
    SubAccountSettings,
    TimeoutSettings,
)
from proxy_core.settings.secret import Secret
from proxy_core.simulator.faults import Fault
from proxy_core.simulator.server import Simulator
from tests.corporate_network import server_context
from tests.end_to_end.asking import Heard
from tests.end_to_end.four_dialects import (
    EMBEDDINGS,
    NATIVE_WAYS,
    SAID,
    WAYS,
    Told,
    Way,
    calls_of,
    ended_well,
    error_of,
    four_deployments,
    text_of,
)
from tests.end_to_end.stand import KEY, Stand

HOST = "127.0.0.1"
LOST = Told(502, "server_error", "api_error", "UNAVAILABLE")
TIMEOUT = Told(504, "server_error", "timeout_error", "DEADLINE_EXCEEDED")
SILENCE = 0.8
ACCOUNTS = ("near", "far")


def account(sap: Simulator, name: str, **more: Any) -> SubAccountSettings:
    return SubAccountSettings(name, service_key=ServiceKeyDocument("in key.json", sap.service_key(name)), **more)


@contextmanager
def proxy_for(home: Path, *accounts: SubAccountSettings, **changes: Any) -> Iterator[Engine]:
    settings = Settings(
        home,
        home,
        home,
        sub_accounts=accounts,
        port=0,
        **{"limits": LimitSettings(learn=False), **changes},
    )
    with Engine(settings, ApiKeys((Secret(KEY),)), {}, logging.getLogger("test")) as engine:
        yield engine


# --- no connection

WORDS = {"refused": f"No connection to {HOST}", "untrusted": "Strange Works"}
BROKEN = {"one": ("far",), "all": ACCOUNTS}


@pytest.fixture(scope="module", params=[(fault, extent) for fault in WORDS for extent in BROKEN], ids="-".join)
def broken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A stand whose sub-accounts are services of their own, of which one or all cannot be reached any more. Its
    world is that of `near`."""
    fault, extent = request.param
    home = tmp_path_factory.mktemp("reach")
    trusted, stranger = trustme.CA(), trustme.CA(organization_name="Strange Works")
    trusted.cert_pem.write_to_path(home / "root.pem")
    tls = server_context(trusted, HOST) if fault == "untrusted" else None
    with ExitStack() as stack:
        services = {name: stack.enter_context(Simulator(four_deployments(), tls=tls)) for name in ACCOUNTS}
        accounts = [account(sap, name) for name, sap in services.items()]
        engine = stack.enter_context(proxy_for(home, *accounts, ca_file=home / "root.pem"))
        for name in BROKEN[extent]:
            sap, port = services[name], urlsplit(services[name].url).port
            sap.stop()
            if tls is not None:
                other = Simulator(sap.world, port=port or 0, tls=server_context(stranger, HOST))
                stack.enter_context(other)
        yield Stand(services["near"].world, engine)


@pytest.mark.parametrize("way", [*WAYS, EMBEDDINGS], ids=str)
def test_sub_account_that_cannot_be_reached(broken: Stand, way: Way, request: pytest.FixtureRequest) -> None:
    fault, extent = request.node.callspec.params["broken"]
    broken.reset()

    heard = [way.ask(broken, SAID) for _ in range(2)]  # whose turn it is first changes

    if extent == "one":
        assert_good(way, *heard)
        assert sum(calls_of(broken).values()) == 2
    else:
        assert_told(way, LOST, *heard)
        assert all(WORDS[fault] in one.error["message"] for one in heard)
        assert not calls_of(broken)


def assert_good(way: Way, *answers: Heard) -> None:
    wanted = "vectors" if way is EMBEDDINGS else "all is well"
    assert [(heard.status, text_of(heard), error_of(way, heard)) for heard in answers] == [
        (200, wanted, None)
    ] * len(answers)


def assert_told(way: Way, told: Told, *answers: Heard) -> None:
    assert [(heard.status, error_of(way, heard)) for heard in answers] == [
        (told.status_in(way.dialect), told.type_in(way.dialect))
    ] * len(answers)


# --- silence


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A stand that does not wait for long, and asks `far` only when nothing of `near` answers."""
    limits = TimeoutSettings(connect=5.0, first_byte=SILENCE, idle=SILENCE)
    with Simulator(four_deployments()) as sap:
        accounts = account(sap, "near", priority=1), account(sap, "far", priority=2)
        with proxy_for(tmp_path_factory.mktemp("hasty"), *accounts, timeouts=limits) as engine:
            yield Stand(sap.world, engine)


def ask_together(stand: Stand, ways: Iterable[Way], text: str) -> list[tuple[Way, Heard, list[int]]]:
    """The ways with their answers, and how often each deployment was asked for them; their waiting is shared. What
    each says ends with its own name, which tells the calls apart."""
    ways = tuple(ways)
    with ThreadPoolExecutor(len(ways)) as pool:
        answers = list(pool.map(lambda way: way.ask(stand, f"{text} {way}."), ways))
    return [
        (way, heard, sorted(calls_of(stand, f"{way}.").values())) for way, heard in zip(ways, answers, strict=True)
    ]


def silence(stand: Stand, where: str, deployments: slice) -> None:
    """Those of each model, `near` first, fall silent."""
    fault = Fault("stall", where=where, seconds=8.0, after_frames=12)  # type: ignore[arg-type]  # one of three words
    for model in {way.model for way in (*NATIVE_WAYS, EMBEDDINGS)}:
        found = stand.engine.router.table.models[model].deployments
        for item in sorted(found, key=lambda item: item.sub_account, reverse=True)[deployments]:
            stand.world.faults.set(item.id, fault)


@pytest.mark.parametrize("extent", ["one", "two", "all"])
@pytest.mark.parametrize("where", ["headers", "first"])
def test_deployments_that_do_not_begin(hasty: Stand, where: str, extent: str) -> None:
    """An answer that is whole has no first frame to wait for."""
    ways = (*NATIVE_WAYS, EMBEDDINGS) if where == "headers" else [way for way in NATIVE_WAYS if way.stream]
    hasty.reset()
    silence(hasty, where, slice({"one": 1, "two": 2, "all": 4}[extent]))

    for way, heard, calls in ask_together(hasty, ways, SAID):
        match extent:
            case "one":  # the other one of `near` may be asked first
                assert_good(way, heard)
                assert calls in ([1], [1, 1])
            case "two":
                assert_good(way, heard)
                assert calls == [1, 1, 1]
            case _:
                assert_told(way, TIMEOUT, heard)
                assert calls == [1, 1, 1, 1]


def test_silence_after_content_ends_the_stream(hasty: Stand) -> None:
    hasty.reset()
    silence(hasty, "middle", slice(4))

    for way, heard, calls in ask_together(hasty, [way for way in NATIVE_WAYS if way.stream], "[[sim: words 400]]"):
        assert (heard.status, error_of(way, heard)) == (200, TIMEOUT.type_in(way.dialect))
        assert len(text_of(heard)) > 5
        assert not ended_well(heard)
        assert calls == [1]
