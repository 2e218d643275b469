"""Reading SAP's lm and admin API: lists, page by page, with one new token on a 401."""

from collections.abc import Iterator
from typing import Any

from proxy_core.aicore.errors import lm_error, unreadable_answer
from proxy_core.aicore.http_call import Answer, call
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = ["ask_sap", "read_list", "read_number", "read_pages"]

_PAGE_SIZE = 1000


def read_pages(sub_account: SubAccount, path: str) -> Iterator[JsonObject]:
    """Every entry of a paged list at `base_url` + `path`, once each, though the list may change meanwhile.

    Raises `UpstreamError`.
    """
    seen: set[str] = set()
    skip = 0
    while True:
        total, entries = read_list(sub_account, f"{path}?$top={_PAGE_SIZE}&$skip={skip}")
        fresh = [entry for entry in entries if str(entry.get("id")) not in seen]
        yield from fresh
        seen.update(str(entry.get("id")) for entry in fresh)
        skip += len(entries)
        if not fresh or (skip >= total and len(entries) < _PAGE_SIZE):
            return


def read_list(sub_account: SubAccount, path: str) -> tuple[int, list[JsonObject]]:
    """`count` and `resources` of one answer. Raises `UpstreamError`."""
    answer = ask_sap(sub_account, path)
    if answer.status >= 300:
        raise lm_error(answer.status, answer.headers, answer.body, sub_account.name)
    return _entries(answer.body)


def ask_sap(sub_account: SubAccount, path: str) -> Answer:
    """GET `base_url` + `path`, whatever status comes. Raises `UpstreamError`."""
    answer = _get(sub_account, path)
    if answer.status == 401:
        sub_account.forget_token()
        answer = _get(sub_account, path)
    return answer


def read_number(value: Any) -> float | None:
    """As SAP writes numbers, plain or in a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _get(sub_account: SubAccount, path: str) -> Answer:
    return call(sub_account.transport, "GET", sub_account.base_url + path, sub_account.headers())


def _entries(body: bytes) -> tuple[int, list[JsonObject]]:
    try:
        value: Any = load_json(body)
    except JsonError:
        raise unreadable_answer("SAP AI Core") from None
    match value:
        case {"resources": list() as resources}:
            count = value.get("count")
            entries = [entry for entry in resources if isinstance(entry, dict)]
            return count if isinstance(count, int) else len(entries), entries
        case _:
            raise unreadable_answer("SAP AI Core")
