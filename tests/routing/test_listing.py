import pytest

from proxy_core.errors import ProxyError
from proxy_core.routing.listing import model_entry, model_listing
from tests.routing.demo import table_of

SONNET = "anthropic--claude-4.5-sonnet"


def test_entry_serves_both_dialects() -> None:
    assert model_entry(table_of("gpt-4o"), "gpt-4o") == {
        "id": "gpt-4o",
        "object": "model",
        "created": 1_700_000_000,
        "owned_by": "sap-ai-core",
        "type": "model",
        "display_name": "gpt-4o",
        "created_at": "2023-11-14T22:13:20Z",
        "orchestrated": False,
        "context_length": 128_000,
        "max_output_tokens": 16_384,
        "lifecycle": "active",
        "max_input_tokens": 128_000,
        "max_tokens": 16_384,
    }


def test_listing_holds_every_entry_and_the_paging_fields() -> None:
    table = table_of("gpt-4o", SONNET)

    assert model_listing(table) == {
        "object": "list",
        "data": [model_entry(table, name) for name in ("gpt-4o", SONNET, "claude-sonnet-4-5")],
        "has_more": False,
        "first_id": "gpt-4o",
        "last_id": "claude-sonnet-4-5",
    }


def test_empty_listing_is_complete() -> None:
    listing = model_listing(table_of())

    assert (listing["data"], listing["first_id"], listing["last_id"]) == ([], None, None)


def test_menus_show_no_text_twice() -> None:
    shown = [entry["display_name"] for entry in model_listing(table_of(SONNET))["data"]]

    assert shown == ["Claude Sonnet 4.5", "Claude Sonnet 4.5 (alias)"]


def test_entry_is_found_by_another_spelling() -> None:
    assert model_entry(table_of(SONNET), "claude-sonnet-4-5-20250929")["id"] == SONNET


def test_no_other_model_stands_in_for_an_entry() -> None:
    with pytest.raises(ProxyError) as caught:
        model_entry(table_of("gpt-4.1"), "gpt-4o")

    assert (caught.value.status, caught.value.code) == (404, "model_not_found")
