"""Does a service key work? Tried step by step, each with a verdict and what to do. Changes and keeps nothing.

`text` and `advice` never hold a secret; SAP's own words stay as they came.
"""

import contextlib
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from proxy_core.aicore.catalogue import find_version, read_catalogue
from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.deployments import discover
from proxy_core.aicore.lm_api import read_list
from proxy_core.aicore.service_key import ServiceKey, parse_service_key
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport, TransportError
from proxy_core.errors import ConfigurationError, ErrorKind, ProxyError
from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = [
    "CODES",
    "CheckStep",
    "StepName",
    "Verdict",
    "check_account",
    "check_service_key",
    "client_id_hint",
    "read_key_text",
]

StepName = Literal["key", "token", "resource_groups", "deployments", "catalogue"]
Verdict = Literal["ok", "warning", "failed", "skipped"]

CODES = (
    "key_ok", "key_wrong", "token_ok", "token_refused", "token_unreachable", "token_failed",
    "certificate_untrusted", "api_unreachable", "groups_ok", "group_unknown", "groups_unlisted",
    "deployments_ok", "deployments_none", "deployments_failed",
    "catalogue_ok", "catalogue_retiring", "catalogue_failed", "skipped",
)  # fmt: skip
"""Every `CheckStep.code`, for translations."""

_WHERE = "pasted here"
_LONGEST = 256 * 1024
"""Characters. A key with certificates has some ten thousand."""
_DEFAULT_GROUP = "default"
_GROUPS_PATH = "/admin/resourceGroups"
_HINT_LENGTH = 11
_UNREACHABLE = frozenset({ErrorKind.CONNECTION, ErrorKind.TIMEOUT})
_COPY_ADVICE = "Copy the whole service key, from the first { to the last }."
_NETWORK_ADVICE = "Check the network, the VPN and the proxy setting, and the URLs in the service key."


@dataclass(frozen=True, slots=True)
class CheckStep:
    """The verdict on one step. `text` says what was found, `advice` what to do when it is not ok. A step is
    `skipped` when an earlier one failed.

    `values` are what the step found: the resource groups, or the names of the models that run. `code` names the
    finding for translations and `facts` are what such a text needs; those of `key` hold `name`, a name for
    the sub-account, and those of `resource_groups` hold `group`, the one that was looked at.
    """

    step: StepName
    verdict: Verdict
    text: str
    advice: str = ""
    values: tuple[str, ...] = ()
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)


def check_service_key(
    text: str, resource_group: str, transport_factory: Callable[[], Transport]
) -> Generator[CheckStep, None, None]:
    """Five steps, one after another as they are done. `text` is what the user pasted; an empty `resource_group`
    means the key's own, else SAP's default. The transport is made for this check and closed after it.

    Raises what `transport_factory` raises, and nothing else.
    """
    transport = transport_factory()
    try:
        yield from _Check(text, resource_group.strip(), transport).steps()
    finally:
        transport.close()


def check_account(account: SubAccount) -> Iterator[CheckStep]:
    """The same steps for a sub-account that is in use, from `token` on. Raises nothing."""
    return _Check("", account.resource_group, account.transport, account).steps()


def read_key_text(text: str) -> JsonObject:
    """The JSON object in a pasted text: a service key in any form that `parse_service_key` takes. Of a list the
    first counts. Words around it, as the cf command line prints them, are skipped.

    Raises `ConfigurationError` with one sentence on what is wrong and one on what to do.
    """
    text = text.strip().lstrip("\ufeff")
    if not text:
        raise ConfigurationError("There is no service key. Paste the JSON that the SAP BTP cockpit shows for it.")
    if len(text) > _LONGEST:
        raise ConfigurationError(
            f"The text is too long for a service key: {len(text):,} characters. Paste the JSON of the key alone."
        )
    value = _load(text)
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        raise ConfigurationError(f"The text is not a service key: it must be a JSON object. {_COPY_ADVICE}")
    return value


def client_id_hint(client_id: str) -> str:
    """The beginning of a client id: enough to know a key again."""
    return client_id if len(client_id) <= _HINT_LENGTH else client_id[:_HINT_LENGTH] + "…"


class _Check:
    """One run. Each step leaves behind what the next ones need."""

    def __init__(self, text: str, group: str, transport: Transport, account: SubAccount | None = None) -> None:
        self._text = text
        self._group = group
        self._transport = transport
        self._key_known = account is not None
        self._account: SubAccount
        if account is not None:
            self._account = account
        self._running: tuple[Deployment, ...] = ()

    def steps(self) -> Iterator[CheckStep]:
        todo: tuple[tuple[StepName, Callable[[], CheckStep]], ...] = (
            ("key", self._check_key),
            ("token", self._check_token),
            ("resource_groups", self._check_groups),
            ("deployments", self._check_deployments),
            ("catalogue", self._check_catalogue),
        )
        failed = False
        for name, action in todo[1:] if self._key_known else todo:
            step = CheckStep(name, "skipped", "Not tried.", code="skipped") if failed else action()
            failed = failed or step.verdict == "failed"
            yield step

    def _check_key(self) -> CheckStep:
        try:
            key = parse_service_key(read_key_text(self._text), _WHERE)
        except ConfigurationError as error:
            return _problem("key", "failed", "key_wrong", str(error), "Download the service key anew.")
        self._group = self._group or key.resource_group or _DEFAULT_GROUP
        name = _account_name(key)
        self._account = SubAccount(name, key, self._group, self._transport)
        facts = {"name": name, "client": client_id_hint(key.client_id), "host": _host(key.api_url)}
        text = f"The service key is complete: client {facts['client']} at {facts['host']}."
        return CheckStep("key", "ok", text, code="key_ok", facts=facts)

    def _check_token(self) -> CheckStep:
        try:
            self._account.headers()
        except ProxyError as error:
            code = "token_failed"
            if error.kind in _UNREACHABLE:
                code = "token_unreachable"
            elif error.kind is ErrorKind.UPSTREAM_AUTHENTICATION:
                code = "token_refused"
            return _unreachable("token", code, error, {})
        return CheckStep("token", "ok", "SAP gave an access token.", code="token_ok")

    def _check_groups(self) -> CheckStep:
        """A key that may not list the groups may still use one: that is a warning."""
        facts = {"group": self._group}
        try:
            _, entries = read_list(self._account, _GROUPS_PATH)
        except ProxyError as error:
            if error.kind in _UNREACHABLE:
                return _unreachable("resource_groups", "api_unreachable", error, facts)
            advice = f"Make sure yourself that the resource group {self._group} is the right one."
            return _problem("resource_groups", "warning", "groups_unlisted", error.message, advice, facts)
        groups = tuple(str(entry["resourceGroupId"]) for entry in entries if entry.get("resourceGroupId"))
        facts["groups"] = ", ".join(groups)
        if self._group in groups:
            text = f"The resource group {self._group} exists. There are: {facts['groups']}."
            return CheckStep("resource_groups", "ok", text, values=groups, code="groups_ok", facts=facts)
        return CheckStep(
            "resource_groups",
            "failed",
            f"The resource group {self._group} does not exist in this sub-account.",
            f"Choose one of these: {facts['groups']}." if groups else "Create one in SAP AI Launchpad.",
            groups,
            "group_unknown",
            facts,
        )

    def _check_deployments(self) -> CheckStep:
        facts = {"group": self._group}
        try:
            self._running = discover(self._account)
        except ProxyError as error:
            advice = f"Check the resource group {self._group}, and that the service key may use it."
            return _problem("deployments", "failed", "deployments_failed", error.message, advice, facts)
        models = tuple(sorted({one.model for one in self._running if one.model}))
        if not self._running:
            text = f"No deployment of a model runs in the resource group {self._group}."
            advice = "Deploy a model in SAP AI Launchpad, or choose another resource group."
            return CheckStep("deployments", "warning", text, advice, code="deployments_none", facts=facts)
        facts |= {"deployments": str(len(self._running)), "models": str(len(models))}
        text = f"Running deployments: {len(self._running)}, models: {len(models)}."
        return CheckStep("deployments", "ok", text, values=models, code="deployments_ok", facts=facts)

    def _check_catalogue(self) -> CheckStep:
        try:
            catalogue = read_catalogue(self._account)
        except ProxyError as error:
            advice = "The proxy works without it; context lengths and retirement dates are not shown."
            return _problem("catalogue", "warning", "catalogue_failed", error.message, advice)
        ending = {
            one.model: version.retirement_date or ""
            for one in self._running
            if (version := find_version(catalogue, one.model, one.model_version)) and version.deprecated
        }
        if not ending:
            text = f"SAP's catalogue names {len(catalogue)} models; none of yours is about to end."
            return CheckStep("catalogue", "ok", text, code="catalogue_ok", facts={"models": str(len(catalogue))})
        listed = ", ".join(f"{name} ({date})" if date else name for name, date in sorted(ending.items()))
        return CheckStep(
            "catalogue",
            "warning",
            f"SAP retires models that run here: {listed}.",
            "They work for now. Deploy their successors in time.",
            tuple(sorted(ending)),
            "catalogue_retiring",
            {"listed": listed},
        )


def _unreachable(step: StepName, code: str, error: ProxyError, facts: Mapping[str, str]) -> CheckStep:
    """A refused certificate is a matter of its own: its cure is not that of a dead network."""
    if isinstance(error, TransportError) and error.cause == "untrusted":
        issuer = error.certificate.issuer if error.certificate else "?"
        return _problem(step, "failed", "certificate_untrusted", error.message, "", {**facts, "issuer": issuer})
    return _problem(step, "failed", code, error.message, _NETWORK_ADVICE, facts)


def _problem(
    step: StepName,
    verdict: Verdict,
    code: str,
    message: str,
    advice: str,
    facts: Mapping[str, str] | None = None,
) -> CheckStep:
    """An error's first sentence says what happened, the others what to do; without others `advice` does."""
    text, _, own_advice = message.partition(". ")
    return CheckStep(
        step, verdict, text.rstrip(".") + ".", own_advice or advice, (), code, {**(facts or {}), "detail": text}
    )


def _load(text: str) -> Any:
    try:
        return load_json(text)
    except JsonError as error:
        inner = text[text.find("{") : text.rfind("}") + 1]
        if inner and inner != text:
            with contextlib.suppress(JsonError):
                return load_json(inner)
        problem = str(error).rstrip(".")
        raise ConfigurationError(f"The text is not valid JSON: {problem}. {_COPY_ADVICE}") from None


def _account_name(key: ServiceKey) -> str:
    """The sub-account's subdomain, which is also the first part of the token's host."""
    host = _host(key.token_url)
    name = key.identity_zone or ("" if host.replace(".", "").isdigit() else host.partition(".")[0])
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "my-account"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
