from typing import Any

from proxy_core.aicore.catalogue import CatalogueVersion, decode_catalogue_model, read_catalogue
from proxy_core.aicore.transport import Transport
from tests.aicore.test_deployments import TOKEN, account, page
from tests.scripted_server import ScriptedServer

VERSION: dict[str, Any] = {
    "name": "2024-05-13",
    "isLatest": True,
    "deprecated": False,
    "retirementDate": "",
    "contextLength": 128000,
    "inputTypes": ["text", "image"],
    "capabilities": ["text-generation"],
    "streamingSupported": True,
    "suggestedReplacements": [],
    "cost": [{"inputCost": "0.00312"}, {"outputCost": "0.0092"}],
}
ENTRY: dict[str, Any] = {
    "model": "gpt-4o",
    "executableId": "azure-openai",
    "displayName": "GPT-4o",
    "provider": "OpenAI",
    "allowedScenarios": [{"scenarioId": "foundation-models"}, {"scenarioId": "orchestration"}],
    "versions": [VERSION],
}


def version_with(**change: Any) -> CatalogueVersion:
    return decode_catalogue_model({**ENTRY, "versions": [{**VERSION, **change}]}).versions[0]


def test_entry_is_read() -> None:
    model = decode_catalogue_model(ENTRY)

    assert (model.name, model.provider, model.scenarios) == (
        "gpt-4o",
        "OpenAI",
        ("foundation-models", "orchestration"),
    )
    assert model.versions[0].context_tokens == 128000


def test_numbers_in_texts_and_plain_numbers_are_the_same() -> None:
    assert version_with().input_cost == 0.00312
    assert version_with(cost=[{"inputCost": 0.00312}]).input_cost == 0.00312
    assert version_with(cost={"inputCost": "0.00312"}).input_cost == 0.00312


def test_empty_date_is_none() -> None:
    assert version_with().retirement_date is None
    assert version_with(retirementDate="2026-10-01").retirement_date == "2026-10-01"


def test_values_of_another_type_are_left_empty() -> None:
    version = version_with(contextLength="many", cost="free", inputTypes=None, streamingSupported="yes")

    assert (version.context_tokens, version.input_cost, version.input_types, version.streaming) == (
        None,
        None,
        (),
        None,
    )


def test_catalogue_is_read_from_its_own_path(transport: Transport) -> None:
    with ScriptedServer([TOKEN], [page(ENTRY, {"displayName": "nameless"}, 7)]) as server:
        assert [model.name for model in read_catalogue(account(server, transport))] == ["gpt-4o"]
        assert server.requests[1].line == "GET /v2/lm/scenarios/foundation-models/models HTTP/1.1"
