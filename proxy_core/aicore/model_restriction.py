"""Which models one orchestration deployment may use, as its configuration says.

Source: "Model Restriction" in SAP's guide to generative AI hub: the parameters `modelFilterList` (JSON text) and
`modelFilterListType` of the configuration.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from proxy_core.aicore.catalogue import CatalogueModel
from proxy_core.aicore.lm_api import read_list
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = ["ModelRestriction", "decode_restriction", "read_restrictions"]

_DEPLOYMENTS = "/lm/deployments?scenarioId=orchestration&status=RUNNING"
_CONFIGURATIONS = "/lm/configurations?scenarioId=orchestration"
_LATEST = "latest"


@dataclass(frozen=True, slots=True)
class ModelRestriction:
    """`versions` by model name; an empty tuple stands for every version. The default allows everything."""

    kind: Literal["allow", "deny"] = "deny"
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def choose_version(self, model: CatalogueModel) -> str | None:
        """The version to ask for, `latest` where that is permitted; None for a model that may not be used."""
        listed = self.versions.get(model.name)
        names = [version.name for version in sorted(model.versions, key=lambda one: not one.is_latest)]
        if self.kind == "allow":
            if listed is None:
                return None
            if not listed or _LATEST in listed or (names and names[0] in listed):
                return _LATEST
            return next((name for name in names if name in listed), listed[0])
        if listed is None:
            return _LATEST
        if not listed:
            return None
        if _LATEST not in listed and names and names[0] not in listed:
            return _LATEST
        return next((name for name in names if name not in listed), None)


def read_restrictions(sub_account: SubAccount) -> dict[str, ModelRestriction]:
    """The restrictions by id of the running orchestration deployments that have one. Raises `UpstreamError`."""
    _, deployments = read_list(sub_account, _DEPLOYMENTS)
    if not deployments:
        return {}
    _, configurations = read_list(sub_account, _CONFIGURATIONS)
    bindings = {entry.get("id"): entry.get("parameterBindings") for entry in configurations}
    return {
        str(entry.get("id")): restriction
        for entry in deployments
        if (restriction := decode_restriction(bindings.get(entry.get("configurationId"))))
    }


def decode_restriction(bindings: Any) -> ModelRestriction | None:
    """The restriction that a configuration's parameters hold, or None. A list that cannot be read allows nothing:
    what an administrator forbade must not be used because of a spelling."""
    values = {pair.get("key"): pair.get("value") for pair in _objects(bindings)}
    text = values.get("modelFilterList")
    if not isinstance(text, str) or text.strip() in ("", "null"):
        return None
    kind: Literal["allow", "deny"] = "deny" if values.get("modelFilterListType") == "deny" else "allow"
    try:
        entries = load_json(text)
    except JsonError:
        return ModelRestriction("allow")
    return ModelRestriction(kind, dict(_named(_objects(entries))))


def _named(entries: Iterable[JsonObject]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for entry in entries:
        name = entry.get("modelName")
        versions = entry.get("modelVersions")
        if isinstance(name, str) and name:
            texts = [one for one in versions if isinstance(one, str)] if isinstance(versions, list) else []
            yield name, tuple(texts)


def _objects(value: Any) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
