"""The administration API: deployments, configurations, scenarios, models, resource groups, quota.

Reads and changes the `World` of one sub-account and resource group; the gateway has checked the token. Error bodies
follow SAP's AI API specification: `code` is a text of digits.
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proxy_core.simulator.demo_models import CATALOGUE
from proxy_core.simulator.exchange import Answer, json_answer, text_answer
from proxy_core.simulator.lm_entries import configuration_entry, deployment_entry, model_entry
from proxy_core.simulator.request import SimRequest
from proxy_core.simulator.world import Record, World, bound

__all__ = ["answer_lm", "lm_error"]

DEFAULT_TOP = 10_000
BIGGEST_TOP = 100_000
CREATED = "2026-01-15T10:00:00Z"
STATUSES = ("PENDING", "RUNNING", "COMPLETED", "DEAD", "STOPPING", "STOPPED", "UNKNOWN")
DELETABLE = ("STOPPED", "DEAD", "UNKNOWN")


def answer_lm(world: World, tenant: str, base: str, request: SimRequest) -> Answer:
    """Answer a path below `/v2`. `base` is the address that deployment URLs begin with."""
    for method, pattern, action in ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found and method == request.method:
            group = request.headers.get("ai-resource-group", "")
            if refused := refused_group(world, tenant, group, request.path):
                return refused
            return action(Desk(world, tenant, group, base, request), *found.groups())
    if any(re.fullmatch(pattern, request.path) for _, pattern, _ in ROUTES):
        return lm_error(405, "01030405", f"Method {request.method} is not allowed.", request.path)
    return lm_error(404, "01030404", "The requested resource was not found.", request.path)


def lm_error(status: int, code: str, message: str, target: str) -> Answer:
    error = {"code": code, "message": message, "requestId": uuid.uuid4().hex, "target": target, "details": []}
    return json_answer(status, {"error": error})


def refused_group(world: World, tenant: str, group: str, path: str) -> Answer | None:
    if path.startswith("/v2/admin/"):
        return None
    if not group:
        return lm_error(400, "03021655", "Bad request encountered. Header AI-Resource-Group is missing.", path)
    if group not in world.tenant(tenant).resource_groups:
        return text_answer(403, "RBAC: access denied")
    return None


class Desk:
    """One request at the administration API."""

    def __init__(self, world: World, tenant: str, group: str, base: str, request: SimRequest) -> None:
        self._world = world
        self._tenant = tenant
        self._group = group
        self._base = base
        self._request = request

    def list_deployments(self) -> Answer:
        records = self._selected()
        return records if isinstance(records, Answer) else self._page([self._entry(record) for record in records])

    def count_deployments(self) -> Answer:
        records = self._selected()
        return records if isinstance(records, Answer) else text_answer(200, str(len(records)))

    def get_deployment(self, deployment_id: str) -> Answer:
        record = self._own(deployment_id)
        if record is None:
            return self._no_deployment(deployment_id)
        return json_answer(200, {**self._entry(record), "statusDetails": {}})

    def create_deployment(self) -> Answer:
        body = self._body()
        configuration = self._world.configuration(str(body.get("configurationId", "")))
        if configuration is None or configuration.tenant != self._tenant:
            return self._invalid_configuration(body.get("configurationId"))
        deployment = self._world.deploy(
            self._tenant,
            bound(configuration, "modelName"),
            group=self._group,
            executable=configuration.executable,
            scenario=configuration.scenario,
            configuration=configuration,
            starting=True,
        )
        created = {
            "id": deployment.id,
            "message": "Deployment scheduled.",
            "deploymentUrl": "",
            "status": "UNKNOWN",
        }
        return json_answer(202, created)

    def change_deployment(self, deployment_id: str) -> Answer:
        if self._own(deployment_id) is None:
            return self._no_deployment(deployment_id)
        body = self._body()
        configuration = self._world.configuration(str(body.get("configurationId", "")))
        if "configurationId" in body and configuration is None:
            return self._invalid_configuration(body["configurationId"])
        target = body.get("targetStatus", "RUNNING")
        if target not in ("RUNNING", "STOPPED"):
            return self._bad("targetStatus must be RUNNING or STOPPED.")
        self._world.retarget(deployment_id, target, configuration)
        return json_answer(202, {"id": deployment_id, "message": "Deployment modification scheduled"})

    def delete_deployment(self, deployment_id: str) -> Answer:
        record = self._own(deployment_id)
        if record is None:
            return self._no_deployment(deployment_id)
        if record.deployment.status not in DELETABLE:
            words = f"Deployment {deployment_id} is {record.deployment.status}; stop it before you delete it."
            return lm_error(412, "01040412", words, self._request.path)
        self._world.remove(deployment_id)
        deleted = {"id": deployment_id, "message": "Deletion scheduled", "targetStatus": "DELETED"}
        return json_answer(202, deleted)

    def list_configurations(self) -> Answer:
        found = self._world.configurations(self._tenant, self._group)
        entries = [configuration_entry(configuration) for configuration in found]
        if searched := self._request.query.get("$search"):
            entries = [entry for entry in entries if searched.lower() in entry["name"].lower()]
        return self._page(filtered(entries, self._request.query))

    def get_configuration(self, config_id: str) -> Answer:
        configuration = self._world.configuration(config_id)
        if configuration is None or configuration.tenant != self._tenant:
            return lm_error(404, "01050404", f"Configuration {config_id} was not found.", self._request.path)
        return json_answer(200, configuration_entry(configuration))

    def create_configuration(self) -> Answer:
        body = self._body()
        missing = [key for key in ("name", "executableId", "scenarioId") if not isinstance(body.get(key), str)]
        if missing:
            return self._bad(f"{missing[0]} is required.")
        bindings = [pair for pair in body.get("parameterBindings", []) if isinstance(pair, dict)]
        created = self._world.configure(
            self._tenant, self._group, body["name"], body["executableId"], body["scenarioId"], bindings
        )
        return json_answer(201, {"id": created.id, "message": "Configuration created"})

    def list_scenarios(self) -> Answer:
        labels = [{"key": "scenarios.ai.sap.com/llm", "value": "true"}]
        words = {"foundation-models": "AI Core Global Scenario for LLM Access", "orchestration": "Orchestration"}
        entries = [
            {
                "id": name,
                "name": name,
                "description": text,
                "labels": labels,
                "createdAt": CREATED,
                "modifiedAt": CREATED,
            }
            for name, text in words.items()
        ]
        return json_answer(200, {"count": len(entries), "resources": entries})

    def list_models(self, scenario: str) -> Answer:
        if scenario != "foundation-models":
            return lm_error(404, "01060404", f"Scenario {scenario} has no models.", self._request.path)
        return json_answer(200, {"count": len(CATALOGUE), "resources": [model_entry(model) for model in CATALOGUE]})

    def list_groups(self) -> Answer:
        entries = [
            {
                "resourceGroupId": group,
                "tenantId": self._tenant,
                "zoneId": "",
                "createdAt": CREATED,
                "labels": [],
                "status": "PROVISIONED",
                "statusMessage": "All onboarding steps are completed.",
                "servicePlan": "extended",
            }
            for group in self._world.tenant(self._tenant).resource_groups
        ]
        return json_answer(200, {"count": len(entries), "resources": entries})

    def show_quota(self) -> Answer:
        limit = self._world.switches.rate_limit or 1_000_000
        details = [
            {
                "unit": "requestPerMinute",
                "limit": limit,
                "descriptors": {"modelName": model.name, "modelVersion": "*", "providerName": model.provider},
            }
            for model in CATALOGUE
        ]
        return json_answer(200, [{"resourceType": "model", "quotaDetails": details}])

    def _selected(self) -> list[Record] | Answer:
        query = self._request.query
        if (status := query.get("status")) and status not in STATUSES:
            return self._bad(f"status must be one of {', '.join(STATUSES)}.")
        executables = [name for name in query.get("executableIds", "").split(",") if name]
        return [
            record
            for record in self._world.records(self._tenant, self._group)
            if query.get("scenarioId") in (None, record.deployment.scenario)
            and query.get("configurationId") in (None, record.deployment.configuration)
            and status in (None, "", record.deployment.status)
            and (not executables or record.deployment.executable in executables)
        ]

    def _entry(self, record: Record) -> dict[str, Any]:
        configuration = self._world.configuration(record.deployment.configuration)
        entry = deployment_entry(record, configuration, self._base, self._world.switches.list_executables)
        if self._request.query.get("$select") == "status":
            return {"id": entry["id"], "status": entry["status"]}
        return entry

    def _page(self, entries: Sequence[Mapping[str, Any]]) -> Answer:
        texts = (self._request.query.get("$top", str(DEFAULT_TOP)), self._request.query.get("$skip", "0"))
        if not all(text.isdecimal() for text in texts) or int(texts[0]) > BIGGEST_TOP:
            return self._bad(f"$top and $skip must be whole numbers, $top at most {BIGGEST_TOP}.")
        top, skip = map(int, texts)
        return json_answer(200, {"count": len(entries), "resources": entries[skip : skip + top]})

    def _own(self, deployment_id: str) -> Record | None:
        record = self._world.record(deployment_id)
        if record is None:
            return None
        place = (record.deployment.tenant, record.deployment.resource_group)
        return record if place == (self._tenant, self._group) else None

    def _body(self) -> dict[str, Any]:
        try:
            body = self._request.json()
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def _bad(self, words: str) -> Answer:
        return lm_error(400, "03021655", f"Bad request encountered. {words}", self._request.path)

    def _no_deployment(self, deployment_id: str) -> Answer:
        return lm_error(404, "01040404", f"Deployment {deployment_id} was not found.", self._request.path)

    def _invalid_configuration(self, config_id: object) -> Answer:
        words = (
            f"Invalid Request, Runtime Adapter Exception; The Configuration {config_id} you've provided is "
            "invalid. Please ensure you supply a valid Configuration."
        )
        return lm_error(400, "01510003", words, self._request.path)


def filtered(entries: list[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    executables = [name for name in query.get("executableIds", "").split(",") if name]
    return [
        entry
        for entry in entries
        if query.get("scenarioId") in (None, entry["scenarioId"])
        and (not executables or entry["executableId"] in executables)
    ]


ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", r"/v2/lm/deployments", Desk.list_deployments),
    ("GET", r"/v2/lm/deployments/\$count", Desk.count_deployments),
    ("GET", r"/v2/lm/deployments/([^/$]+)", Desk.get_deployment),
    ("POST", r"/v2/lm/deployments", Desk.create_deployment),
    ("PATCH", r"/v2/lm/deployments/([^/]+)", Desk.change_deployment),
    ("DELETE", r"/v2/lm/deployments/([^/]+)", Desk.delete_deployment),
    ("GET", r"/v2/lm/configurations", Desk.list_configurations),
    ("GET", r"/v2/lm/configurations/([^/]+)", Desk.get_configuration),
    ("POST", r"/v2/lm/configurations", Desk.create_configuration),
    ("GET", r"/v2/lm/scenarios", Desk.list_scenarios),
    ("GET", r"/v2/lm/scenarios/([^/]+)/models", Desk.list_models),
    ("GET", r"/v2/admin/resourceGroups", Desk.list_groups),
    ("GET", r"/v2/admin/quota/model", Desk.show_quota),
)
