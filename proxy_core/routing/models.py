"""The published models and how a client's model name finds one. Immutable and without I/O."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from proxy_core.aicore.catalogue import CatalogueVersion
from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.model_names import ModelKind, canonical_name, parse_model_name, without_editor_suffix
from proxy_core.routing.fallback import nearest_of_family
from proxy_core.routing.filters import FilteredName
from proxy_core.routing.orchestrated import is_orchestrated

__all__ = ["ModelTable", "Origin", "PublishedModel", "Purpose", "Resolution"]

Purpose = Literal["chat", "embeddings", "transcription"]
Origin = Literal["configured", "backend", "alias"]
"""`alias`: a spelling that a vendor's own clients know, beside the real name in `alias_of`."""

_LONGEST_SHOWN = 80
_WORK = {"chat": "chats", "embeddings": "makes embeddings", "transcription": "writes down speech"}
_SPECIAL = frozenset({"embeddings", "transcription"})
"""Kinds of models, and purposes, that fit each other and nothing else."""
_WANTED: Mapping[Purpose, str] = {
    "chat": "chat",
    "embeddings": "make embeddings",
    "transcription": "write down speech",
}


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """One name that clients may use. `deployments` is never empty."""

    name: str
    origin: Origin
    alias_of: str | None
    kind: ModelKind
    deployments: tuple[Deployment, ...]
    facts: CatalogueVersion | None = None
    """What SAP's catalogue says of the model, where it does."""

    @property
    def orchestrated(self) -> bool:
        """True when no deployment of its own serves the model."""
        return all(map(is_orchestrated, self.deployments))


@dataclass(frozen=True, slots=True)
class Resolution:
    """Who serves a request. `public_model` is the published name that does; `substituted` tells that it is
    another model than the `requested` one. `deployments` stand in the order of the configuration."""

    requested: str
    public_model: str
    substituted: bool
    deployments: tuple[Deployment, ...]


class ModelTable:
    """Never changes. `warnings` are lines for the log; `unread` names sub-accounts that could not be read yet."""

    def __init__(
        self,
        models: Iterable[PublishedModel] = (),
        *,
        filtered: Iterable[FilteredName] = (),
        aliases: Mapping[str, str] | None = None,
        fallbacks: Mapping[str, tuple[str, ...]] | None = None,
        warnings: Iterable[str] = (),
        unread: Iterable[str] = (),
    ) -> None:
        self.models: Mapping[str, PublishedModel] = {model.name: model for model in models}
        self.filtered = tuple(filtered)
        self.warnings = tuple(warnings)
        self.unread = tuple(unread)
        self._canonical: dict[str, PublishedModel] = {}
        for model in self.models.values():
            self._canonical.setdefault(canonical_name(model.name), model)
        self._filtered = {item.name for item in self.filtered}
        self._filtered_canonical = {canonical_name(name) for name in self._filtered}
        self._aliases = dict(aliases or {})
        self._canonical_aliases = {canonical_name(alias): name for alias, name in self._aliases.items()}
        self._fallbacks = {canonical_name(name): others for name, others in (fallbacks or {}).items()}

    def resolve(self, name: str, purpose: Purpose) -> Resolution:
        """The deployments for a requested name; first hit wins: exact, alias, other spelling, explicit fallback,
        the same without an editor's suffix, newest model of the family.

        Raises `ProxyError`: 404 `model_not_found`, or 503 when nothing is published because no sub-account could
        be read yet.
        """
        same = self.find(name) or self._without_suffix(name)
        model = same or self._substitute(name, purpose)
        if model is None:
            raise self._not_found(name, purpose)
        if not _serves(model, purpose):
            raise self._wrong_purpose(name, model.kind, purpose)
        return Resolution(name, model.name, same is None, model.deployments)

    def find(self, name: str) -> PublishedModel | None:
        """The published model that a name means, by whatever spelling or alias; no other model stands in."""
        if name in self.models:
            return self.models[name]
        if name in self._filtered:
            return None
        canonical = canonical_name(name)
        return (
            self._published(self._aliases.get(name))
            or self._canonical.get(canonical)
            or (
                None
                if canonical in self._filtered_canonical
                else self._published(self._canonical_aliases.get(canonical))
            )
        )

    def not_found(self, name: str) -> ProxyError:
        """The error for a name that nothing serves."""
        return self._not_found(name, None)

    def _published(self, name: str | None) -> PublishedModel | None:
        if name is None or name in self._filtered:
            return None
        return self.models.get(name) or self._canonical.get(canonical_name(name))

    def _is_filtered(self, name: str) -> bool:
        return name in self._filtered or canonical_name(name) in self._filtered_canonical

    def _without_suffix(self, name: str) -> PublishedModel | None:
        if self._is_filtered(name) or canonical_name(name) in self._fallbacks:
            return None
        bare = without_editor_suffix(name)
        return self.find(bare) if bare else None

    def _substitute(self, name: str, purpose: Purpose) -> PublishedModel | None:
        bare = without_editor_suffix(name) or name
        if self._is_filtered(name) or self._is_filtered(bare):
            return None
        for wanted in dict.fromkeys([name, bare]):
            for other in self._fallbacks.get(canonical_name(wanted), ()):
                if (model := self._published(other)) and _serves(model, purpose):
                    return model
        if purpose != "chat" or parse_model_name(bare).kind in _SPECIAL:
            # Vectors of two models cannot be compared: another one would spoil the client's index unseen.
            return None
        chats = [model for model in self.models.values() if model.kind == "chat"]
        direct = [model.name for model in chats if not model.orchestrated]
        nearest = nearest_of_family(bare, direct) or nearest_of_family(bare, (model.name for model in chats))
        return self.models[nearest] if nearest else None

    def _not_found(self, name: str, purpose: Purpose | None) -> ProxyError:
        if not self.models and self.unread:
            return ProxyError(
                f"No model is known yet: {_listed(self.unread, 'and')} could not be read. Try again in a minute; "
                "the log tells the reason.",
                status=503,
                kind=ErrorKind.OVERLOADED,
                retry_after=30,
            )
        if purpose == "chat" and (kind := parse_model_name(name).kind) in _SPECIAL:
            return self._wrong_purpose(name, kind, purpose)
        text = f"The model '{_short(name)}' does not exist here. {self._suggestion(name, purpose)}"
        if self.unread:
            text += f" Sub-account {_listed(self.unread, 'and')} could not be read, so its models are missing."
        return _model_not_found(text)

    def _wrong_purpose(self, name: str, kind: ModelKind, purpose: Purpose) -> ProxyError:
        work = _WORK.get(kind, "does other work")
        return _model_not_found(
            f"The model '{_short(name)}' {work}; it does not {_WANTED[purpose]}. {self._suggestion(name, purpose)}"
        )

    def _suggestion(self, name: str, purpose: Purpose | None) -> str:
        names = [model.name for model in self.models.values() if purpose is None or _serves(model, purpose)]
        if not names:
            return "No model for this is published."
        by_lower = {known.lower(): known for known in reversed(names)}
        near = difflib.get_close_matches(name.lower()[:_LONGEST_SHOWN], by_lower, n=3, cutoff=0.5)
        if near:
            return f"Did you mean {_listed([by_lower[key] for key in near], 'or')}?"
        return f"There are {_listed(names[:5], 'and')}{' and others' if len(names) > 5 else ''}."


def _serves(model: PublishedModel, purpose: Purpose) -> bool:
    if model.kind in _SPECIAL or purpose in _SPECIAL:
        return model.kind == purpose
    return True


def _model_not_found(text: str) -> ProxyError:
    return ProxyError(text, status=404, kind=ErrorKind.MODEL_NOT_FOUND, code="model_not_found", param="model")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "…"


def _listed(names: Iterable[str], word: str) -> str:
    *first, last = [f"'{name}'" for name in names]
    return f"{', '.join(first)} {word} {last}" if first else last
