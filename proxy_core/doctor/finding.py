"""What the doctor found: one line with a verdict, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from proxy_core.aicore.key_check import CODES as KEY_CODES
from proxy_core.aicore.key_check import Verdict

__all__ = ["CHECKS", "CODES", "Check", "Finding", "Verdict", "split_advice"]

Check = Literal[
    "settings", "port", "network", "trust", "clock", "account", "token", "resource_groups", "deployments",
    "orchestration", "catalogue", "models", "clients",
]  # fmt: skip

CHECKS: Mapping[Check, str] = {
    "settings": "Settings",
    "port": "Address and port",
    "network": "Proxy variables",
    "trust": "Way to SAP",
    "clock": "Clock",
    "account": "Sub-account",
    "token": "Access token",
    "resource_groups": "Resource groups",
    "deployments": "Deployments",
    "orchestration": "Orchestration",
    "catalogue": "Model catalogue",
    "models": "Model calls",
    "clients": "Your tools",
}
"""Titles by check, in the order of the examination."""

CODES = (
    *KEY_CODES,
    "settings_ok", "settings_none", "settings_wrong",
    "port_ours", "port_free", "port_taken", "host_open", "localhost_odd",
    "proxy_none", "proxy_found", "proxy_wrong", "loopback_not_exempt", "roots_missing",
    "trust_ok", "trust_plain", "trust_untrusted", "trust_expired", "trust_not_yet_valid", "trust_wrong_host",
    "trust_handshake", "way_unknown_name", "way_no_connection", "way_proxy_login", "way_proxy_forbids",
    "way_proxy_failed", "way_broken",
    "clock_ok", "clock_ahead", "clock_behind", "clock_unknown",
    "account_wrong", "account_skipped", "orchestration_ok", "orchestration_none", "orchestration_unknown",
    "model_ok", "model_failed", "models_none", "models_unready",
    "client_ok", "client_elsewhere", "client_port", "client_scheme", "client_path", "client_form",
    "client_key_missing", "client_key_wrong", "client_key_unknown", "client_unreadable", "client_wire_api",
    "client_built_in", "clients_none",
)  # fmt: skip
"""Every `Finding.code`, for translations."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`subject` is what was looked at where a check has several: a host, a sub-account, a model, a program. `text`
    says what was found in one sentence, `advice` what to do when it is not ok. `code` names the finding for
    translations and `facts` are the values that such a text needs; `detail` among them are words of others."""

    check: Check
    verdict: Verdict
    text: str
    advice: str = ""
    subject: str = ""
    code: str = ""
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)


def split_advice(message: str, otherwise: str = "") -> tuple[str, str]:
    """The text and the advice in the message of an error: its first sentence says what happened."""
    text, _, advice = message.partition(". ")
    return text.rstrip(".") + ".", advice or otherwise
