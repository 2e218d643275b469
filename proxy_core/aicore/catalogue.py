"""SAP's catalogue: which models can be deployed in a sub-account, and what they can do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from proxy_core.aicore.lm_api import read_list, read_number
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.json_text import JsonObject

__all__ = ["CatalogueModel", "CatalogueVersion", "decode_catalogue_model", "find_version", "read_catalogue"]

_PATH = "/lm/scenarios/foundation-models/models"


@dataclass(frozen=True, slots=True)
class CatalogueVersion:
    """`context_tokens` is None where SAP names none; `retirement_date` is `YYYY-MM-DD` or None. Costs are in
    SAP's capacity units per 1,000 tokens."""

    name: str
    is_latest: bool = False
    deprecated: bool = False
    retirement_date: str | None = None
    context_tokens: int | None = None
    input_types: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    streaming: bool | None = None
    replacements: tuple[str, ...] = ()
    input_cost: float | None = None
    output_cost: float | None = None


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    name: str
    executable_id: str
    display_name: str
    provider: str
    scenarios: tuple[str, ...]
    versions: tuple[CatalogueVersion, ...]


def read_catalogue(sub_account: SubAccount) -> tuple[CatalogueModel, ...]:
    """Every model that could be deployed. Raises `UpstreamError`."""
    _, entries = read_list(sub_account, _PATH)
    return tuple(decode_catalogue_model(entry) for entry in entries if _text(entry.get("model")))


def find_version(models: Iterable[CatalogueModel], name: str, version: str) -> CatalogueVersion | None:
    """What the catalogue says about a deployed model. A deployment of `latest`, or of no version, is of the latest
    one; None where the catalogue does not know it."""
    versions = next((model.versions for model in models if model.name == name), ())
    named = next((one for one in versions if one.name == version), None)
    if named is not None or version not in ("", "latest"):
        return named
    return next((one for one in versions if one.is_latest), versions[-1] if versions else None)


def decode_catalogue_model(entry: JsonObject) -> CatalogueModel:
    """One entry of the catalogue; whatever is missing or of another type is left empty."""
    scenarios = [_text(one.get("scenarioId")) for one in _objects(entry.get("allowedScenarios"))]
    return CatalogueModel(
        name=_text(entry.get("model")),
        executable_id=_text(entry.get("executableId")),
        display_name=_text(entry.get("displayName")),
        provider=_text(entry.get("provider")),
        scenarios=tuple(filter(None, scenarios)),
        versions=tuple(_version(one) for one in _objects(entry.get("versions"))),
    )


def _version(entry: JsonObject) -> CatalogueVersion:
    cost = _merged(entry.get("cost"))
    context = read_number(entry.get("contextLength"))
    streaming = entry.get("streamingSupported")
    return CatalogueVersion(
        name=_text(entry.get("name")),
        is_latest=entry.get("isLatest") is True,
        deprecated=entry.get("deprecated") is True,
        retirement_date=_text(entry.get("retirementDate")) or None,
        context_tokens=None if context is None else int(context),
        input_types=_texts(entry.get("inputTypes")),
        capabilities=_texts(entry.get("capabilities")),
        streaming=streaming if isinstance(streaming, bool) else None,
        replacements=_texts(entry.get("suggestedReplacements")),
        input_cost=read_number(cost.get("inputCost")),
        output_cost=read_number(cost.get("outputCost")),
    )


def _merged(value: Any) -> JsonObject:
    """SAP sends a list of objects with one key each; its documentation shows one object."""
    if isinstance(value, dict):
        return value
    return {key: item for one in _objects(value) for key, item in one.items()}


def _objects(value: Any) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
