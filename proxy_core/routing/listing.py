"""The bodies of `GET /v1/models` and `GET /v1/models/{id}`: one shape that serves both dialects."""

import re
from datetime import UTC, datetime

from proxy_core.capabilities import capabilities_of
from proxy_core.json_text import JsonObject
from proxy_core.model_names import display_name
from proxy_core.routing.models import ModelTable, PublishedModel

__all__ = ["model_entry", "model_listing"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def model_listing(table: ModelTable) -> JsonObject:
    """All published models: OpenAI's list with the paging fields of Anthropic's."""
    data = [_encode(model) for model in table.models.values()]
    return {
        "object": "list",
        "data": data,
        "has_more": False,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def model_entry(table: ModelTable, name: str) -> JsonObject:
    """One model by any of its spellings. Raises `ProxyError` 404 `model_not_found`."""
    model = table.find(name)
    if model is None:
        raise table.not_found(name)
    return _encode(model)


def _display_name(model: PublishedModel) -> str:
    """Configured names are shown as the user chose them; the others so that a menu shows no text twice."""
    match model.origin:
        case "configured":
            return model.name
        case "backend":
            return display_name(model.name)
        case "alias":
            return f"{display_name(model.name)} (alias)"


def _encode(model: PublishedModel) -> JsonObject:
    created = max(deployment.created_at for deployment in model.deployments)
    facts = _facts(model)
    return {
        "id": model.name,
        "object": "model",
        "created": created,
        "owned_by": "sap-ai-core",
        "type": "model",
        "display_name": _display_name(model),
        "created_at": datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "orchestrated": model.orchestrated,
        **facts,
        **_official(facts),
    }


def _facts(model: PublishedModel) -> JsonObject:
    """What is known of the model beyond what either dialect lists: from SAP's catalogue, limits else from the table
    of capabilities. Unknown facts are left out."""
    known = capabilities_of(model.deployments[0].model or model.name)
    facts = model.facts
    found: JsonObject = {
        "context_length": (facts and facts.context_tokens) or known.context_tokens,
        "max_output_tokens": known.max_output_tokens if model.kind == "chat" else None,
    }
    if facts:
        found |= {
            "input_types": list(facts.input_types) or None,
            "deprecated": facts.deprecated,
            "retirement_date": facts.retirement_date,
            "suggested_replacements": list(facts.replacements) or None,
        }
    return {key: value for key, value in found.items() if value is not None}


def _official(facts: JsonObject) -> JsonObject:
    """The facts under the names that the two vendors' own clients read.

    Sources: https://platform.claude.com/docs/en/api/models/list (`lifecycle`, `max_input_tokens`, `max_tokens`,
    `retires_at`) and https://platform.openai.com/docs/api-reference/models/object (`shutdown_date`).
    """
    day = facts.get("retirement_date")
    found: JsonObject = {
        "lifecycle": "deprecated" if day or facts.get("deprecated") else "active",
        "max_input_tokens": facts.get("context_length"),
        "max_tokens": facts.get("max_output_tokens"),
        "shutdown_date": day,
        "retires_at": f"{day}T00:00:00Z" if day and _DAY.fullmatch(day) else None,
    }
    return {key: value for key, value in found.items() if value is not None}
