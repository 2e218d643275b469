"""Reading SAP's list with all its gaps."""

import json
from typing import Any

import pytest

from proxy_core.aicore.deployments import decode_deployment, discover, executable_of, is_usable, list_deployments
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport
from proxy_core.errors import ErrorKind, UpstreamError
from tests.aicore.test_service_key import KEY
from tests.scripted_server import ScriptedServer, answer

EXPIRED = answer(b"Jwt is expired", status=401)
TOKEN = answer(b'{"access_token": "t1", "expires_in": 7199}')
BAD = ErrorKind.INVALID_REQUEST
MODEL = {"model": {"name": "gpt-4o", "version": "latest"}}
ENTRY: dict[str, Any] = {
    "id": "d19b998f347341aa",
    "createdAt": "2025-07-28T22:45:25Z",
    "status": "RUNNING",
    "targetStatus": "RUNNING",
    "details": {"resources": {"backendDetails": MODEL, "backend_details": MODEL}},
    "scenarioId": "foundation-models",
    "configurationName": "gpt-4o-config",
    "deploymentUrl": "https://api.example/v2/inference/deployments/d19b998f347341aa/",
}


def account(server: ScriptedServer, transport: Transport) -> SubAccount:
    key = parse_service_key({**KEY, "url": server.url, "serviceurls": {"AI_API_URL": server.url}}, "key.json")
    return SubAccount("main", key, "default", transport)


def page(*entries: Any, count: int | None = None) -> bytes:
    total = len(entries) if count is None else count
    return answer(json.dumps({"count": total, "resources": entries}).encode())


def usable(entry: dict[str, Any]) -> bool:
    return is_usable(entry, decode_deployment(entry, "main"))


def test_entry_is_read() -> None:
    deployment = decode_deployment(ENTRY, "main")

    assert (deployment.id, deployment.model, deployment.model_version) == ("d19b998f347341aa", "gpt-4o", "latest")
    assert deployment.url == "https://api.example/v2/inference/deployments/d19b998f347341aa"
    assert (deployment.executable_id, deployment.created_at) == ("azure-openai", 1753742725)
    assert (deployment.sub_account, deployment.configuration_name) == ("main", "gpt-4o-config")


@pytest.mark.parametrize("spelling", ["backend_details", "backendDetails"])
def test_either_spelling_of_the_details_names_the_model(spelling: str) -> None:
    entry = {**ENTRY, "details": {"resources": {spelling: MODEL}}}

    assert decode_deployment(entry, "main").model == "gpt-4o"


def test_snake_details_that_are_empty_give_way() -> None:
    entry = {**ENTRY, "details": {"resources": {"backend_details": {}, "backendDetails": MODEL}}}

    assert decode_deployment(entry, "main").model == "gpt-4o"


@pytest.mark.parametrize("scenario", ["orchestration", "llm-orchestration"])
def test_orchestration_is_recognised_by_its_scenario(scenario: str) -> None:
    entry = {**ENTRY, "scenarioId": scenario, "details": {"resources": {"backend_details": {}}}}

    assert usable(entry)
    assert decode_deployment(entry, "main").executable_id == "orchestration"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "STOPPED"},
        {"status": "PENDING", "deploymentUrl": ""},
        {"status": "DEAD"},
        {"status": None},
        {"targetStatus": "STOPPED"},
        {"targetStatus": "DELETED"},
        {"deploymentUrl": ""},
        {"deploymentUrl": None},
        {"deploymentUrl": "http://api.example/v2/x"},
        {"scenarioId": "my-own-scenario"},
        {"scenarioId": "my-own-scenario", "details": None},
        {"details": None},
        {"details": []},
        {"details": {"resources": {"backend_details": {"model": {"name": 7}}}}},
        {"id": None},
    ],
)
def test_entry_that_cannot_answer_is_left_out(change: dict[str, Any]) -> None:
    assert not usable({**ENTRY, **change})


def test_absent_target_status_is_no_obstacle() -> None:
    assert usable({name: value for name, value in ENTRY.items() if name != "targetStatus"})


def test_given_executable_wins_over_the_name() -> None:
    assert decode_deployment({**ENTRY, "executableId": "novel"}, "main").executable_id == "novel"


@pytest.mark.parametrize(
    ("model", "executable"),
    [
        ("gpt-5-mini", "azure-openai"),
        ("o3", "azure-openai"),
        ("o4-mini", "azure-openai"),
        ("text-embedding-3-small", "azure-openai"),
        ("anthropic--claude-4.5-sonnet", "aws-bedrock"),
        ("amazon--nova-pro", "aws-bedrock"),
        ("gemini-2.5-pro", "gcp-vertexai"),
        ("mistralai--mistral-small", "aicore-mistralai"),
        ("mistralai--mixtral-8x7b-instruct-v01", "aicore-opensource"),
        ("cohere-reranker", "aicore-cohere"),
        ("nvidia--llama-3.2-nv-embedqa-1b", "aicore-nvidia"),
        ("sonar-pro", "perplexity-ai"),
        ("sap-abap-1", "aicore-sap"),
        ("meta--llama3-70b-instruct", "aicore-opensource"),
        ("deepseek-ai--deepseek-r1", "aicore-opensource"),
        ("ibm--granite-13b-chat", "aicore-ibm"),
        ("alephalpha-pharia-1-7b-control", "aicore-alephalpha"),
        ("qwen3-max", "orchestration"),
        ("opus", "orchestration"),
    ],
)
def test_executable_follows_from_the_name(model: str, executable: str) -> None:
    assert executable_of(model) == executable


def test_list_is_asked_for_with_the_headers_of_the_sub_account(transport: Transport) -> None:
    with ScriptedServer([TOKEN], [page(ENTRY)]) as server:
        assert len(discover(account(server, transport))) == 1
        request = server.requests[1]

    assert request.line == "GET /v2/lm/deployments?$top=1000&$skip=0 HTTP/1.1"
    assert request.headers["authorization"] == "Bearer t1"
    assert request.headers["ai-resource-group"] == "default"
    assert request.headers["ai-tenant-id"] == "zone-1"
    assert request.headers["ai-client-type"] == "AI Core Proxy"


def test_pages_are_read_to_the_end(transport: Transport) -> None:
    entries = [{**ENTRY, "id": f"d{number}"} for number in range(5)]
    with ScriptedServer(
        [TOKEN], [page(*entries[:2], count=5)], [page(*entries[2:4], count=5)], [page(entries[4], count=5)]
    ) as server:
        found = discover(account(server, transport))

        assert [deployment.id for deployment in found] == ["d0", "d1", "d2", "d3", "d4"]
        assert [request.line.split("$skip=")[1] for request in server.requests[1:]] == [
            "0 HTTP/1.1",
            "2 HTTP/1.1",
            "4 HTTP/1.1",
        ]


def test_server_that_ignores_paging_does_not_loop(transport: Transport) -> None:
    with ScriptedServer([TOKEN], [page(ENTRY, count=9)]) as server:
        assert len(discover(account(server, transport))) == 1


def test_everything_is_listed_for_inspection(transport: Transport) -> None:
    stopped = {**ENTRY, "id": "d2", "status": "STOPPED"}
    foreign = {"id": "d3", "status": "RUNNING", "scenarioId": "mine", "details": None, "novel": 1}
    with ScriptedServer([TOKEN], [page(ENTRY, stopped, foreign, "odd")]) as server:
        found = list_deployments(account(server, transport))

    assert [(one.id, one.status) for one in found] == [
        (ENTRY["id"], "RUNNING"),
        ("d2", "STOPPED"),
        ("d3", "RUNNING"),
    ]


def test_refused_token_is_replaced_once(transport: Transport) -> None:
    second = answer(b'{"access_token": "t2", "expires_in": 7199}')
    with ScriptedServer([TOKEN], [EXPIRED], [second], [page(ENTRY)]) as server:
        assert len(discover(account(server, transport))) == 1
        assert server.requests[3].headers["authorization"] == "Bearer t2"


def test_second_refusal_is_an_error(transport: Transport) -> None:
    with (
        ScriptedServer([TOKEN], [EXPIRED], [TOKEN], [EXPIRED]) as server,
        pytest.raises(UpstreamError, match="Jwt is expired") as raised,
    ):
        discover(account(server, transport))

    assert raised.value.kind is ErrorKind.UPSTREAM_AUTHENTICATION


@pytest.mark.parametrize(
    ("status", "body", "words", "kind"),
    [
        (403, b"RBAC: access denied", "main: RBAC: access denied. Check the resource group", ErrorKind.PERMISSION),
        (404, b"", "Check serviceurls.AI_API_URL", ErrorKind.NOT_FOUND),
        (
            400,
            b'{"error":{"code":"03021655","message":"Bad request."}}',
            "main: Bad request. ",
            ErrorKind.INVALID_REQUEST,
        ),
        (503, b"upstream connect error", "main: upstream connect error.", ErrorKind.OVERLOADED),
    ],
)
def test_refused_list_is_told_in_plain_words(
    transport: Transport, status: int, body: bytes, words: str, kind: ErrorKind
) -> None:
    with ScriptedServer([TOKEN], [answer(body, status=status)]) as server, pytest.raises(UpstreamError) as raised:
        discover(account(server, transport))

    assert words in str(raised.value)
    assert (raised.value.kind, raised.value.upstream_status) == (kind, status)


@pytest.mark.parametrize("body", [b"<html>login</html>", b"[]", b"{}", b'{"resources": {}}'])
def test_answer_that_is_no_list_is_told(transport: Transport, body: bytes) -> None:
    with ScriptedServer([TOKEN], [answer(body)]) as server, pytest.raises(UpstreamError, match="expected form"):
        discover(account(server, transport))


def test_thread_that_met_a_dead_token_late_keeps_the_new_one(transport: Transport) -> None:
    """Two requests got headers with the same token, and SAP refuses both."""
    tokens = [[answer(f'{{"access_token": "t{number}"}}'.encode())] for number in (1, 2, 3)]
    with ScriptedServer(*tokens) as server:
        main = account(server, transport)
        main.headers()
        main.forget_token()
        assert main.headers()["Authorization"] == "Bearer t2"
        main._last.token = "t1"
        main.forget_token()

        assert main.headers()["Authorization"] == "Bearer t2"
