"""Which deployments run in a sub-account. Reads SAP's list with all its gaps; decides nothing about names."""

import re
from datetime import datetime
from typing import Any

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.lm_api import read_pages
from proxy_core.aicore.service_key import check_url
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.json_text import JsonObject

__all__ = ["decode_deployment", "discover", "executable_of", "is_usable", "list_deployments"]

_PATH = "/lm/deployments"
_ORCHESTRATION = "orchestration"
_EXECUTABLES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"gpt-|o[134]\b|o[134]-|text-embedding-|whisper"), "azure-openai"),
    (re.compile(r"anthropic--|amazon--"), "aws-bedrock"),
    (re.compile(r"gemini-"), "gcp-vertexai"),
    (re.compile(r"mistralai--mixtral"), "aicore-opensource"),
    (re.compile(r"mistralai--"), "aicore-mistralai"),
    (re.compile(r"cohere"), "aicore-cohere"),
    (re.compile(r"nvidia--"), "aicore-nvidia"),
    (re.compile(r"sonar"), "perplexity-ai"),
    (re.compile(r"sap-"), "aicore-sap"),
    (re.compile(r"meta--|deepseek-ai--|tiiuae--"), "aicore-opensource"),
    (re.compile(r"ibm--"), "aicore-ibm"),
    (re.compile(r"alephalpha-"), "aicore-alephalpha"),
)
"""SAP leaves `executableId` out of list entries; the name's beginning tells it. Source: SAP Note 3437766."""


def discover(sub_account: SubAccount) -> tuple[Deployment, ...]:
    """The deployments that can answer now. Raises `UpstreamError`."""
    return tuple(
        deployment
        for entry in read_pages(sub_account, _PATH)
        if is_usable(entry, deployment := decode_deployment(entry, sub_account.name))
    )


def list_deployments(sub_account: SubAccount) -> tuple[Deployment, ...]:
    """Every deployment whatever its status or scenario. Raises `UpstreamError`."""
    return tuple(decode_deployment(entry, sub_account.name) for entry in read_pages(sub_account, _PATH))


def decode_deployment(entry: JsonObject, sub_account: str) -> Deployment:
    """One entry of SAP's list. Only `id` and `status` are sure to be there; all else may be empty."""
    model, version = _backend_model(entry)
    scenario = _text(entry.get("scenarioId"))
    executable = _text(entry.get("executableId"))
    if not executable:
        executable = executable_of(model) if model else _ORCHESTRATION if _is_orchestration(scenario) else ""
    return Deployment(
        id=_text(entry.get("id")),
        url=_text(entry.get("deploymentUrl")).rstrip("/"),
        sub_account=sub_account,
        status=_text(entry.get("status")) or "UNKNOWN",
        model=model,
        model_version=version,
        executable_id=executable,
        scenario_id=scenario,
        configuration_name=_text(entry.get("configurationName")),
        created_at=_unix_time(entry.get("createdAt")),
    )


def is_usable(entry: JsonObject, deployment: Deployment) -> bool:
    """Running, meant to go on running, reachable over a safe URL, and of a kind that answers prompts."""
    return (
        bool(deployment.id)
        and deployment.status == "RUNNING"
        and entry.get("targetStatus") in (None, "", "RUNNING")
        and bool(deployment.url)
        and check_url(deployment.url) is None
        and _answers_prompts(deployment)
    )


def executable_of(model: str) -> str:
    """SAP's executable for a model name; `orchestration` for names nobody knows, since that one reaches all."""
    return next((name for pattern, name in _EXECUTABLES if pattern.match(model)), _ORCHESTRATION)


def _answers_prompts(deployment: Deployment) -> bool:
    if _is_orchestration(deployment.scenario_id):
        return True
    return bool(deployment.model) and deployment.scenario_id in ("", "foundation-models")


def _is_orchestration(scenario: str) -> bool:
    return scenario.endswith(_ORCHESTRATION)  # an old page of SAP shows `llm-orchestration`


def _backend_model(entry: JsonObject) -> tuple[str, str]:
    """Name and version. Newer answers carry both spellings, older ones one of them, some neither."""
    resources = _object(_object(entry.get("details")).get("resources"))
    for spelling in ("backend_details", "backendDetails"):
        model = _object(_object(resources.get(spelling)).get("model"))
        if name := _text(model.get("name")):
            return name, _text(model.get("version"))
    return "", ""


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _unix_time(value: Any) -> int:
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except (TypeError, ValueError, OverflowError):
        return 0
