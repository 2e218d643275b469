"""How the deployments of a running proxy fare, as lines for a terminal. Pure: from the value of `GET /status`."""

from collections.abc import Iterator

from proxy_core.json_text import JsonObject

__all__ = ["render_status"]

_READY = "ready"


def render_status(status: JsonObject) -> list[str]:
    """A line for each deployment that rests or works, one for each model that requests wait for, such as
    `gpt-5 on d123 of demo-eu: limited for 23 s: SAP's rate limit is reached`; one line when all is well."""
    models = status.get("models", [])
    lines = [line for model in models for line in _lines(model)]
    rests = any(item["state"] != _READY for model in models for item in model["deployments"])
    return lines if rests else ["Every deployment is ready.", *lines]


def _lines(model: JsonObject) -> Iterator[str]:
    for item in model["deployments"]:
        if item["state"] != _READY or item["in_flight"]:
            yield f"{model['name']} on {item['id']} of {item['sub_account']}: {_describe(item)}"
    if waiting := model["waiting"]:
        yield f"{model['name']}: {_requests(waiting)} waiting"


def _describe(item: JsonObject) -> str:
    seconds = f" for {item['seconds']} s" if item["seconds"] else ""
    reason = f": {item['reason']}" if item["reason"] else ""
    running = f", {_requests(item['in_flight'])} under way" if item["in_flight"] else ""
    return f"{item['state']}{seconds}{reason}{running}"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"
