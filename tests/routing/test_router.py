import logging
from collections.abc import Mapping, Sequence

import pytest

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ConfigurationError, ErrorKind, ProxyError, UpstreamError
from proxy_core.routing.pins import can_serve
from proxy_core.routing.router import Router
from proxy_core.settings.model import SubAccountSettings
from tests.routing.demo import account, catalogue, deployment, filters, orchestration, settings, url_of

UNREACHABLE = UpstreamError("No route to SAP.", status=502, kind=ErrorKind.CONNECTION)
REFUSED = UpstreamError("Bad credentials.", status=502, kind=ErrorKind.UPSTREAM_AUTHENTICATION)


class Discovery:
    """Answers from a dict that a test may change; records its calls."""

    def __init__(self, found: Mapping[str, Sequence[Deployment] | ProxyError]) -> None:
        self.found = dict(found)
        self.calls: list[tuple[str, bool]] = []

    def __call__(self, account: SubAccountSettings, now: bool) -> Sequence[Deployment]:
        self.calls.append((account.name, now))
        match self.found[account.name]:
            case ProxyError() as error:
                raise error
            case deployments:
                return deployments


def test_refresh_publishes_what_runs() -> None:
    router = Router(settings(), Discovery({"a": [deployment("d1", "gpt-4o")]}))

    router.refresh(now=False)

    assert router.resolve("gpt-4o", "chat").deployments == (deployment("d1", "gpt-4o"),)


def test_refresh_asks_as_told() -> None:
    discovery = Discovery({"a": []})
    router = Router(settings(), discovery)

    router.refresh(now=False)
    router.refresh(now=True)

    assert discovery.calls == [("a", False), ("a", True)]


def test_sub_account_with_all_models_by_url_is_not_asked() -> None:
    discovery = Discovery({})
    router = Router(settings(account(urls={"o3": (url_of("d1"),)}, discover=False)), discovery)

    router.refresh(now=True)

    assert (discovery.calls, list(router.table.models)) == ([], ["o3"])


def test_urls_are_served_before_any_discovery() -> None:
    router = Router(settings(account(urls={"o3": (url_of("d1"),)})), Discovery({}))

    assert router.starts_offline
    assert router.resolve("o3", "chat").deployments[0].url == url_of("d1")


def test_models_by_id_cannot_start_offline() -> None:
    assert not Router(settings(account(ids={"o3": ("d1",)})), Discovery({})).starts_offline


def test_failing_sub_account_is_a_warning_and_the_rest_works(caplog: pytest.LogCaptureFixture) -> None:
    found = Discovery({"a": UNREACHABLE, "b": [deployment("d1", "gpt-4o", "b")]})
    router = Router(settings(account("a"), account("b")), found)

    router.start()

    assert list(router.table.models) == ["gpt-4o"]
    assert caplog.messages == ["Sub-account 'a' could not be read: No route to SAP."]


def test_stale_data_serves_while_a_refresh_fails() -> None:
    discovery = Discovery({"a": [deployment("d1", "gpt-4o")]})
    router = Router(settings(), discovery)
    router.start()

    discovery.found["a"] = UNREACHABLE
    router.refresh(now=True)

    assert list(router.table.models) == ["gpt-4o"]


def test_same_warning_is_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    router = Router(settings(), Discovery({"a": UNREACHABLE}))

    router.refresh(now=True)
    router.refresh(now=True)

    assert len(caplog.messages) == 1


def test_filtered_models_are_logged_with_their_pattern(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    router = Router(
        settings(model_filters=filters(exclude=("^o",))),
        Discovery({"a": [deployment("d1", "o3"), deployment("d2", "gpt-4o")]}),
    )

    router.start()

    assert caplog.messages == ["Model 'o3' is filtered by the exclude pattern '^o'."]


def test_unreachable_sap_does_not_stop_the_start() -> None:
    router = Router(settings(), Discovery({"a": UNREACHABLE}))

    router.start()

    with pytest.raises(ProxyError) as caught:
        router.resolve("gpt-4o", "chat")
    assert caught.value.status == 503


def test_empty_sub_account_does_not_stop_the_start() -> None:
    router = Router(settings(), Discovery({"a": []}))

    router.start()

    assert list(router.table.models) == []


def test_start_fails_when_sap_refuses_every_sub_account() -> None:
    router = Router(settings(account("a"), account("b")), Discovery({"a": REFUSED, "b": REFUSED}))

    with pytest.raises(ConfigurationError, match="Sub-account 'a' could not be read: Bad credentials"):
        router.start()


def test_start_goes_on_when_one_of_two_may_come_back() -> None:
    router = Router(settings(account("a"), account("b")), Discovery({"a": REFUSED, "b": UNREACHABLE}))

    router.start()

    assert router.table.unread == ("a", "b")


def test_start_fails_when_no_id_is_found() -> None:
    router = Router(settings(account(ids={"o3": ("d9",)})), Discovery({"a": []}))

    with pytest.raises(ConfigurationError, match="deployment 'd9' of model 'o3' was not found"):
        router.start()


class Cached:
    """SAP runs `d2` since, which the cache does not know."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bool]] = []

    def __call__(self, account: SubAccountSettings, now: bool) -> Sequence[Deployment]:
        self.calls.append((account.name, now))
        known = [deployment("d1", "gpt-4o")]
        return [*known, deployment("d2", "o3")] if now else known


def test_start_asks_sap_for_an_id_that_the_cache_does_not_know(caplog: pytest.LogCaptureFixture) -> None:
    router = Router(settings(account(ids={"o3": ("d2",)})), Cached())

    router.start()

    assert router.resolve("o3", "chat").deployments == (deployment("d2", "o3"),)
    assert "was not found" not in caplog.text


def test_start_leaves_a_cache_alone_that_knows_every_id() -> None:
    discovery = Cached()

    Router(settings(account(ids={"gpt-4o": ("d1",)})), discovery).start()

    assert discovery.calls == [("a", False)]


@pytest.mark.parametrize(("failure", "waits"), [(UNREACHABLE, True), (REFUSED, False)])
def test_only_an_unreachable_sap_is_awaited(failure: ProxyError, waits: bool) -> None:
    router = Router(settings(), Discovery({"a": failure}))

    router.refresh(now=True)

    assert router.awaits_first_list is waits


def test_a_sub_account_that_was_read_once_is_not_awaited() -> None:
    discovery = Discovery({"a": [deployment("d1", "gpt-4o")]})
    router = Router(settings(), discovery)
    router.refresh(now=True)
    discovery.found["a"] = UNREACHABLE

    router.refresh(now=True)

    assert not router.awaits_first_list


def test_start_fails_when_the_filters_leave_nothing() -> None:
    router = Router(
        settings(model_filters=filters(include=("^x",))), Discovery({"a": [deployment("d1", "gpt-4o")]})
    )

    with pytest.raises(ConfigurationError, match="model_filters leave no model"):
        router.start()


def test_each_sub_account_that_could_be_read_is_told() -> None:
    read: list[str] = []
    Router(settings(), Discovery({"a": [deployment("d1", "gpt-4o")]}), on_read=read.append).start()

    assert read == ["a"]


def test_models_of_the_catalogue_are_there_from_the_start() -> None:
    router = Router(
        settings(),
        Discovery({"a": [orchestration()]}),
        can_serve=can_serve,
        catalogue=lambda _account: catalogue("gpt-4o"),
    )

    router.start()

    assert list(router.table.models) == ["gpt-4o"]
