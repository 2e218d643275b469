"""The rules of the settings page, over HTTP."""

import logging

import pytest

from proxy_core.admin.server import AdminServer
from proxy_core.admin.sessions import SESSION_SECONDS
from tests.admin.demo_backend import DemoBackend, LogTail
from tests.admin.page_client import PageClient
from tests.clock import Clock

HOSTS = ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", "localhost:{port}", "[::1]:{port}", ""]
ORIGINS = [
    "http://evil.example",
    "null",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1:1",
    "http://localhost:{port}",
]


# --- links and cookies


def test_link_leads_to_the_page(server: AdminServer) -> None:
    shown = PageClient(server).enter(server.link())

    assert shown.status == 200
    assert b"AI Core Proxy" in shown.body


def test_cookie_is_kept_from_scripts_other_sites_and_other_servers_of_this_machine(server: AdminServer) -> None:
    """Browsers send a cookie to every port of 127.0.0.1; the path is what keeps it here."""
    path = server.link().removeprefix(server.url.rstrip("/"))

    opened = PageClient(server).raw("GET", path)

    parts = opened.headers["set-cookie"].split("; ")[1:]
    assert sorted(parts) == sorted(["HttpOnly", "SameSite=Strict", f"Path={opened.headers['location']}"])
    assert len(opened.headers["location"]) > 10


def test_replayed_link_is_refused(server: AdminServer) -> None:
    link = server.link()
    PageClient(server).enter(link)

    again = PageClient(server).enter(link)

    assert (again.status, "set-cookie" in again.headers) == (403, False)
    assert b"used already" in again.body


def test_old_link_is_refused(backend: DemoBackend, log: logging.Logger) -> None:
    clock = Clock(1000.0)
    with AdminServer(backend, log, clock=clock) as server:
        link = server.link()
        clock.now += 60

        assert PageClient(server).enter(link).status == 403


def test_link_preview_does_not_use_the_link_up(server: AdminServer) -> None:
    link = server.link()
    PageClient(server).raw("HEAD", link.removeprefix(server.url.rstrip("/")))

    assert PageClient(server).enter(link).status == 200


def test_page_without_a_session_says_how_to_open_it(server: AdminServer, page: PageClient) -> None:
    for path in ("/", page.base):
        answer = page.raw("GET", path)

        assert answer.status in (401, 403)
        assert b"open from the tray icon" in answer.body
        assert b"csrf-token" not in answer.body


def test_api_without_a_session_is_refused(page: PageClient) -> None:
    page.cookie = ""

    assert page.get("overview").status == 401
    assert page.post("stop").error["code"] == "session_over"


def test_wrong_cookie_is_refused(page: PageClient) -> None:
    page.cookie = page.cookie[:-1] + ("A" if page.cookie[-1] != "A" else "B")

    assert page.get("overview").status == 401


def test_idle_session_ends(backend: DemoBackend, log: logging.Logger) -> None:
    clock = Clock(1000.0)
    with AdminServer(backend, log, clock=clock) as server:
        page = PageClient(server)
        page.enter(server.link())
        clock.now += SESSION_SECONDS - 1
        assert page.get("overview").status == 200
        clock.now += 1

        assert page.get("overview").error["code"] == "session_over"


def test_user_at_work_keeps_the_session(backend: DemoBackend, log: logging.Logger) -> None:
    clock = Clock(1000.0)
    with AdminServer(backend, log, clock=clock) as server:
        page = PageClient(server)
        page.enter(server.link())
        clock.now += SESSION_SECONDS - 1
        page.get("overview", {"X-User-Active": "1"})
        clock.now += SESSION_SECONDS - 1

        assert page.get("overview").status == 200


def test_sessions_of_one_server_are_no_use_at_another(
    page: PageClient, backend: DemoBackend, log: logging.Logger
) -> None:
    with AdminServer(backend, log) as other:
        stranger = PageClient(other)
        stranger.enter(other.link())
        stranger.cookie = page.cookie

        assert stranger.get("overview").status == 401


# --- Host, Origin, CSRF


@pytest.mark.parametrize("host", HOSTS)
def test_foreign_host_is_refused(page: PageClient, host: str) -> None:
    port = page.origin.rpartition(":")[2]

    answer = page.get("overview", {"Host": host.format(port=port)})

    assert (answer.status, answer.error["code"]) == (403, "foreign_host")


def test_foreign_host_does_not_use_a_link_up(server: AdminServer) -> None:
    link = server.link()
    client = PageClient(server)
    refused = client.raw("GET", link.removeprefix(client.origin), {"Host": "evil.example"})

    assert refused.status == 403
    assert client.enter(link).status == 200


@pytest.mark.parametrize("origin", ORIGINS)
def test_foreign_origin_is_refused(page: PageClient, origin: str) -> None:
    port = page.origin.rpartition(":")[2]

    answer = page.post("add-api-key", headers={"Origin": origin.format(port=port)})

    assert (answer.status, answer.error["code"]) == (403, "foreign_origin")


def test_change_without_an_origin_is_refused(page: PageClient) -> None:
    assert page.post("add-api-key", headers={"Origin": None}).error["code"] == "foreign_origin"


def test_reading_from_a_foreign_page_is_refused(page: PageClient) -> None:
    assert page.get("overview", {"Origin": "http://evil.example"}).status == 403
    assert page.get("overview", {"Sec-Fetch-Site": "cross-site"}).status == 403
    assert page.get("overview", {"Sec-Fetch-Site": "same-site"}).status == 403


@pytest.mark.parametrize("token", [None, "", "wrong", "ü"])
def test_change_without_the_pages_token_is_refused(
    page: PageClient, backend: DemoBackend, token: str | None
) -> None:
    before = backend.overview().api_keys

    answer = page.post("add-api-key", headers={"X-CSRF-Token": token})

    assert (answer.status, answer.error["code"]) == (403, "csrf")
    assert backend.overview().api_keys == before


def test_token_of_another_session_is_refused(server: AdminServer, page: PageClient) -> None:
    other = PageClient(server)
    other.enter(server.link())

    assert page.post("add-api-key", headers={"X-CSRF-Token": other.csrf}).error["code"] == "csrf"


def test_form_of_another_site_cannot_be_a_command(page: PageClient) -> None:
    """A plain form needs no permission of the browser, but cannot send this content type."""
    answer = page.post("add-api-key", b"{}", {"Content-Type": "text/plain"})

    assert answer.status == 415


def test_commands_are_not_reachable_by_get(page: PageClient) -> None:
    assert page.get("add-api-key").status == 405


def test_nothing_outside_the_interface_can_be_posted(page: PageClient) -> None:
    for path in ("/", "/enter", "/assets/app.js", page.base):
        assert page.raw("POST", path, {"Cookie": page.cookie}, b"").status == 405


# --- headers, logs, limits


@pytest.mark.parametrize(
    "path", ["/", "/enter", "/assets/app.js", "/assets/none", "{base}", "{base}api/overview", "/no"]
)
def test_every_answer_carries_the_protecting_headers(page: PageClient, path: str) -> None:
    answer = page.raw("GET", path.format(base=page.base), {"Cookie": page.cookie})

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "access-control-allow-origin" not in answer.headers


def test_page_holds_no_inline_script_or_style_and_nothing_from_outside(page: PageClient) -> None:
    shown = page.raw("GET", page.base, {"Cookie": page.cookie}).body.decode()

    assert "<style" not in shown
    assert " style=" not in shown
    assert " onclick=" not in shown
    assert shown.count("<script") == shown.count('<script type="module" src="/assets/')
    assert 'src="http' not in shown
    assert 'href="http' not in shown


def test_asset_names_cannot_leave_the_folder(page: PageClient) -> None:
    for name in ("..%2Fapp.py", "%2e%2e/app.py", "texts.json", "index.html", "..\\app.py"):
        assert page.raw("GET", f"/assets/{name}").status in (400, 404)


def test_too_large_a_body_is_refused_in_json(page: PageClient) -> None:
    answer = page.post("import-config", b'"' + b"x" * (5 * 1024 * 1024) + b'"')

    assert answer.status == 413
    assert answer.error["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff", b"[" * 100_000])
def test_awkward_bodies_are_refused_in_json(page: PageClient, body: bytes) -> None:
    answer = page.post("test-call", body)

    assert (answer.status, answer.error["code"]) == (400, "bad_request")


def test_no_token_gets_into_the_log(server: AdminServer, tail: LogTail) -> None:
    page = PageClient(server)
    link = server.link()
    page.enter(link)
    page.enter(link)
    page.post("stop", headers={"Origin": "http://evil.example"})
    page.post("no-such-command")
    told = "\n".join(tail.lines)

    assert "foreign_origin" in told
    for secret in (link.partition("=")[2], page.cookie.partition("=")[2], page.csrf):
        assert secret not in told


def test_it_listens_on_loopback_only(server: AdminServer) -> None:
    assert server.url.startswith("http://127.0.0.1:")
