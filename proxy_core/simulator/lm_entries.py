"""How deployments, configurations and models look in the answers of the lm API. Pure construction."""

from typing import Any

from proxy_core.simulator.demo_models import CatalogueModel
from proxy_core.simulator.world import Configuration, Record

__all__ = ["configuration_entry", "deployment_entry", "model_entry"]

MODIFIED = "2026-04-02T09:30:00Z"


def deployment_entry(
    record: Record, configuration: Configuration | None, base: str, executables: bool
) -> dict[str, Any]:
    """A deployment of the list. `executables` adds the `executableId`, which the real list often leaves out."""
    deployment = record.deployment
    waiting = deployment.status in ("UNKNOWN", "PENDING")
    entry: dict[str, Any] = {
        "id": deployment.id,
        "createdAt": deployment.created_at,
        "modifiedAt": MODIFIED,
        "status": deployment.status,
        "details": details(record),
        "scenarioId": deployment.scenario,
        "configurationId": deployment.configuration,
        "latestRunningConfigurationId": deployment.configuration,
        "lastOperation": "CREATE",
        "targetStatus": "STOPPED" if deployment.status in ("STOPPED", "STOPPING") else record.target,
        "submissionTime": deployment.created_at,
        "startTime": deployment.created_at,
        "configurationName": configuration.name if configuration else "",
        "deploymentUrl": "" if waiting else f"{base}/v2/inference/deployments/{deployment.id}",
    }
    if executables:
        entry["executableId"] = deployment.executable
    if record.entry is not None:
        entry |= record.entry.changes
        for key in (*record.entry.absent, *(["details"] if record.entry.details == "absent" else [])):
            entry.pop(key, None)
    return entry


def details(record: Record) -> dict[str, Any] | None:
    form = record.entry.details if record.entry else "both"
    if form == "null":
        return None
    model = record.deployment.model
    backend = {"model": {"name": model, "version": record.deployment.version}} if model and form != "empty" else {}
    keys = {"camel": ("backendDetails",), "snake": ("backend_details",)}.get(
        form, ("backendDetails", "backend_details")
    )
    return {"resources": dict.fromkeys(keys, backend), "scaling": {key: {} for key in keys}}


def configuration_entry(configuration: Configuration) -> dict[str, Any]:
    return {
        "id": configuration.id,
        "name": configuration.name,
        "executableId": configuration.executable,
        "scenarioId": configuration.scenario,
        "parameterBindings": [dict(pair) for pair in configuration.bindings],
        "inputArtifactBindings": [],
        "createdAt": configuration.created_at,
    }


def scenarios(model: CatalogueModel) -> list[dict[str, str]]:
    """SAP's own models are reached through orchestration alone."""
    orchestration = {"scenarioId": "orchestration", "executableId": "orchestration"}
    if model.executable == "aicore-sap":
        return [orchestration]
    return [{"scenarioId": "foundation-models", "executableId": model.executable}, orchestration]


def model_entry(model: CatalogueModel) -> dict[str, Any]:
    """A model of the catalogue; costs and ratings are texts, as the service sends them."""
    capabilities = [model.capability] + (["image-recognition"] if "image" in model.inputs else [])
    version = {
        "name": model.version,
        "isLatest": True,
        "deprecated": model.deprecated,
        "retirementDate": model.retirement,
        "contextLength": model.context,
        "inputTypes": list(model.inputs),
        "capabilities": capabilities,
        "streamingSupported": model.capability == "text-generation",
        "orchestrationCapabilities": ["streaming"] if model.capability == "text-generation" else [],
        "suggestedReplacements": [],
        "metadata": [{"meanWinRate": "0.938"}, {"chatBotArenaScore": "1285"}],
        "cost": [{"inputCost": "0.00312"}, {"outputCost": "0.0092"}],
    }
    return {
        "model": model.name,
        "executableId": model.executable,
        "displayName": model.name,
        "description": f"Simulated {model.name}",
        "provider": model.provider,
        "accessType": "Remote",
        "allowedScenarios": scenarios(model),
        "versions": [version],
    }
