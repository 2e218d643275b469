"""What a model may be asked in a sub-account: configured limits first, then those that SAP's quota tells."""

from collections.abc import Iterator, Mapping, Sequence

from proxy_core.model_names import canonical_name
from proxy_core.settings.model import LimitSettings, ModelLimits, SubAccountSettings

__all__ = ["Limits"]

_ANY = "*"
_NONE = ModelLimits()

_Table = Mapping[str, ModelLimits]


class Limits:
    """Each of the two limits comes from the first place that names it: the model in the sub-account, `*` there,
    the model for all sub-accounts, `*` for all, and for requests per minute SAP's quota."""

    def __init__(self, settings: LimitSettings, accounts: Sequence[SubAccountSettings] = ()) -> None:
        self._learns = settings.learn
        self._general = _by_canonical_name(settings.models)
        self._own = {account.name: _by_canonical_name(account.limits) for account in accounts}
        self._quotas: dict[str, Mapping[str, int]] = {}
        self._known: dict[tuple[str, str], ModelLimits] = {}

    def learn(self, sub_account: str, quotas: Mapping[str, int]) -> None:
        """Requests per minute by SAP model name, as SAP's quota gives them now."""
        if not self._learns:
            return
        self._quotas[sub_account] = {canonical_name(model): limit for model, limit in quotas.items()}
        self._known = {}

    def of(self, sub_account: str, model: str) -> ModelLimits:
        table = self._known  # taken first: what is resolved while another thread learns goes into the old one
        known = table.get((sub_account, model))
        if known is None:
            known = table[sub_account, model] = self._resolve(sub_account, canonical_name(model))
        return known

    def _resolve(self, sub_account: str, name: str) -> ModelLimits:
        places = list(self._places(sub_account, name))
        quota = self._quotas.get(sub_account, {}).get(name)
        return ModelLimits(
            requests_per_minute=_first(*(place.requests_per_minute for place in places), quota),
            concurrency=_first(*(place.concurrency for place in places)),
        )

    def _places(self, sub_account: str, name: str) -> Iterator[ModelLimits]:
        for table in (self._own.get(sub_account, {}), self._general):
            yield table.get(name, _NONE)
            yield table.get(_ANY, _NONE)


def _by_canonical_name(limits: _Table) -> _Table:
    return {name if name == _ANY else canonical_name(name): limit for name, limit in limits.items()}


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
