from typing import Any

import pytest

from tests.simulator.caller import Caller


def resources(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = caller.lm(f"/lm/deployments{query}").json["resources"]
    return entries


def test_list_has_the_deployments_of_the_sub_account(caller: Caller) -> None:
    listed = {
        entry["details"]["resources"]["backend_details"]["model"]["name"]
        for entry in resources(caller, "?status=RUNNING&executableIds=aws-bedrock")
    }

    assert {"anthropic--claude-4.5-sonnet", "anthropic--claude-4.6-opus", "amazon--titan-embed-text"} <= listed


def test_url_ends_with_the_id(caller: Caller) -> None:
    entry = resources(caller)[0]

    assert entry["deploymentUrl"] == f"{caller.simulator.url}/v2/inference/deployments/{entry['id']}"


def test_list_holds_the_awkward_entries(caller: Caller) -> None:
    entries = resources(caller)
    states = {entry["status"]: entry for entry in entries}

    assert states["STOPPED"]["deploymentUrl"]
    assert states["PENDING"]["deploymentUrl"] == ""
    assert any(entry.get("details", 1) is None for entry in entries)
    assert any("details" not in entry for entry in entries)
    assert any(entry["scenarioId"] == "my-scenario" for entry in entries)
    assert any("aFieldOfTheFuture" in entry for entry in entries)
    keys = {tuple(entry["details"]["resources"]) for entry in entries if entry.get("details")}
    assert {("backendDetails",), ("backend_details",), ("backendDetails", "backend_details")} <= keys


def test_orchestration_has_empty_details(caller: Caller) -> None:
    (entry,) = resources(caller, "?scenarioId=orchestration")

    assert entry["details"]["resources"] == {"backendDetails": {}, "backend_details": {}}


def test_executables_are_left_out_until_switched_on(caller: Caller) -> None:
    before = resources(caller)[0]
    caller.simulator.world.switches.list_executables = True

    assert "executableId" not in before
    assert resources(caller)[0]["executableId"] == "azure-openai"


def test_page_counts_all_and_shows_some(caller: Caller) -> None:
    whole = caller.lm("/lm/deployments").json
    page = caller.lm("/lm/deployments?$top=2&$skip=1").json

    assert page["count"] == whole["count"]
    assert [entry["id"] for entry in page["resources"]] == [entry["id"] for entry in whole["resources"][1:3]]


def test_wrong_top_is_refused_with_a_code_of_digits(caller: Caller) -> None:
    got = caller.lm("/lm/deployments?$top=many")

    assert got.status == 400
    assert got.json["error"]["code"].isdecimal()


def test_count_is_text(caller: Caller) -> None:
    got = caller.lm("/lm/deployments/$count?status=RUNNING")

    assert got.headers["content-type"] == "text/plain"
    assert int(got.text) == len(resources(caller, "?status=RUNNING"))


def test_select_status_leaves_the_rest_out(caller: Caller) -> None:
    assert set(resources(caller, "?$select=status")[0]) == {"id", "status"}


def test_single_deployment_has_status_details(caller: Caller) -> None:
    found = caller.deployment("gpt-5")

    assert "statusDetails" in caller.lm(f"/lm/deployments/{found.id}").json


def test_unknown_deployment_is_not_found(caller: Caller) -> None:
    assert caller.lm("/lm/deployments/d1").status == 404


def test_missing_resource_group_is_a_bad_request(caller: Caller) -> None:
    headers = caller.headers()
    del headers["AI-Resource-Group"]

    got = caller.send("GET", "/v2/lm/deployments", None, headers)

    assert (got.status, got.json["error"]["code"]) == (400, "03021655")


def test_unknown_resource_group_is_forbidden(caller: Caller) -> None:
    assert caller.lm("/lm/deployments", AI_Resource_Group="nobody").text == "RBAC: access denied"


def test_resource_groups_have_their_own_deployments(caller: Caller) -> None:
    got = caller.lm("/lm/deployments", AI_Resource_Group="team-a").json

    assert got["count"] == 1


def test_new_deployment_starts_over_time(caller: Caller) -> None:
    world = caller.simulator.world
    clock = [1_800_000_000.0]
    world.clock = lambda: clock[0]
    world.switches.seconds_to_start = 10
    bindings = [{"key": "modelName", "value": "gpt-5.2"}, {"key": "modelVersion", "value": "latest"}]
    config = {"name": "new", "executableId": "azure-openai", "scenarioId": "foundation-models"}
    made = caller.lm("/lm/configurations", "POST", {**config, "parameterBindings": bindings})
    created = caller.lm("/lm/deployments", "POST", {"configurationId": made.json["id"]})
    path = f"/lm/deployments/{created.json['id']}"

    states = []
    for _ in range(3):
        states.append(caller.lm(path).json["status"])
        clock[0] += 6

    assert (made.status, created.status) == (201, 202)
    assert created.json["deploymentUrl"] == ""
    assert states == ["UNKNOWN", "PENDING", "RUNNING"]
    assert caller.lm(path).json["deploymentUrl"].endswith(created.json["id"])


def test_running_deployment_is_not_deleted(caller: Caller) -> None:
    got = caller.lm(f"/lm/deployments/{caller.deployment('gpt-4o').id}", "DELETE")

    assert got.status == 412


def test_stopped_deployment_can_be_deleted(caller: Caller) -> None:
    caller.simulator.world.switches.seconds_to_start = 0
    path = f"/lm/deployments/{caller.deployment('gpt-4.1').id}"

    stopped = caller.lm(path, "PATCH", {"targetStatus": "STOPPED"})
    deleted = caller.lm(path, "DELETE")

    assert (stopped.status, deleted.status) == (202, 202)
    assert caller.lm(path).status == 404


def test_unknown_configuration_is_refused_in_saps_words(caller: Caller) -> None:
    got = caller.lm("/lm/deployments", "POST", {"configurationId": "x"})

    assert (got.status, got.json["error"]["code"]) == (400, "01510003")


def test_configuration_names_model_and_executable(caller: Caller) -> None:
    entry = next(item for item in resources(caller) if item["configurationName"] == "gpt-5-nano-config")

    found = caller.lm(f"/lm/configurations/{entry['configurationId']}").json

    assert found["executableId"] == "azure-openai"
    assert found["parameterBindings"][0] == {"key": "modelName", "value": "gpt-5-nano"}


def test_catalogue_has_costs_as_texts(caller: Caller) -> None:
    models = caller.lm("/lm/scenarios/foundation-models/models").json["resources"]

    assert all(isinstance(model["versions"][0]["cost"][0]["inputCost"], str) for model in models)
    assert any(model["versions"][0]["deprecated"] for model in models)


@pytest.mark.parametrize(
    "path", ["/lm/scenarios", "/admin/resourceGroups", "/admin/quota/model", "/lm/configurations"]
)
def test_the_other_lists_answer(caller: Caller, path: str) -> None:
    assert caller.lm(path).status == 200


def test_resource_groups_need_no_group_header(caller: Caller) -> None:
    got = caller.send("GET", "/v2/admin/resourceGroups", None, {"Authorization": f"Bearer {caller.token()}"})

    assert [entry["resourceGroupId"] for entry in got.json["resources"]] == ["default", "team-a"]


def test_unknown_path_has_the_lm_error_form(caller: Caller) -> None:
    got = caller.lm("/lm/nothing")

    assert got.status == 404
    assert {"code", "message", "requestId", "target"} <= set(got.json["error"])
