"""The environment variables that the programs obey, for the reference. Reads none of them.

`tests/test_configuration_reference.py` looks that none is missing here and that the code knows each.
"""

from collections.abc import Mapping

__all__ = ["VARIABLES", "Rows"]

Rows = tuple[tuple[str, str], ...]
"""Pairs of a name and what it means, in Markdown."""

VARIABLES: Mapping[str, Rows] = {
    "Where things are": (
        (
            "AI_CORE_PROXY_HOME",
            "One folder for all: `config`, `state` and `cache` below it, instead of the system's.",
        ),
        (
            "SAP_AI_PROXY_URL",
            "For `sap-ai-chat` and `sap-ai-demo-request`: the proxy to ask, without a config file.",
        ),
        ("SAP_AI_PROXY_KEY", "For the same two: the key to send, when the configuration has none."),
    ),
    "Credentials for SAP, when the configuration names no sub-account": (
        ("AICORE_SERVICE_KEY", "A whole service key, as JSON. Comes first."),
        (
            "AICORE_CLIENT_ID",
            "The key's `clientid`. Counts together with `AICORE_BASE_URL` and what its kind needs.",
        ),
        ("AICORE_CLIENT_SECRET", "Its `clientsecret`."),
        ("AICORE_AUTH_URL", "Its `url`: where tokens come from."),
        ("AICORE_BASE_URL", "Its `serviceurls.AI_API_URL`."),
        ("AICORE_CERT_URL", "For an X.509 key: its `certurl`."),
        ("AICORE_CERT_STR", "For an X.509 key: its `certificate`, as PEM."),
        ("AICORE_KEY_STR", "For an X.509 key: its `key`, as PEM."),
        ("AICORE_CERT_FILE_PATH", "The file with the certificate, instead of `AICORE_CERT_STR`."),
        ("AICORE_KEY_FILE_PATH", "The file with the key, instead of `AICORE_KEY_STR`."),
        ("AICORE_CONFIG", "The config file of SAP's own tools, instead of `~/.aicore/config.json`."),
        ("AICORE_HOME", "The folder of that file, instead of `~/.aicore`."),
        ("AICORE_PROFILE", "Names a profile: `config_NAME.json` in that folder."),
        ("VCAP_SERVICES", "Bindings on Cloud Foundry; `aicore` is used. Comes last."),
        ("AICORE_RESOURCE_GROUP", "The resource group, where the source of the credentials names none."),
    ),
    "The way to SAP": (
        ("HTTPS_PROXY", "The HTTP proxy for `https` addresses, unless `proxy` is configured."),
        ("HTTP_PROXY", "The same for `http` addresses."),
        ("ALL_PROXY", "The same for what the two do not name."),
        ("NO_PROXY", "Hosts that are reached without it. This computer always is."),
        ("SSL_CERT_FILE", "On Linux: the file of trusted certificate authorities, instead of the system's."),
        ("SSL_CERT_DIR", "On Linux: the folder of them."),
    ),
    "The system": (
        ("PYTHON_KEYRING_BACKEND", "The one keyring backend to use, by its name in the Python package keyring."),
        ("HOME", "The user's folder, in which `~/.aicore` is looked for."),
        ("USERPROFILE", "The same on Windows."),
        ("LC_ALL", "The language of the tray application, German or English. Comes before the next two."),
        ("LC_MESSAGES", "Likewise."),
        ("LANG", "Likewise."),
    ),
}
"""The variables by the title of their table, in its order."""
