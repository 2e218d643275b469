"""Which orchestration deployment is asked: what administrators forbid, two sub-accounts, direct deployments."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from proxy_core.settings.model import OrchestrationSettings
from proxy_core.simulator.faults import Fault
from proxy_core.simulator.world import World, demo_world
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_conversations import chat, streamed_or_not

PAGE = Path(__file__).parents[2] / "docs" / "orchestration.md"
GPT, NOVA = "gpt-5.5", "amazon--nova-pro"
HELLO: list[Any] = [{"role": "user", "content": "[[sim: say well]]"}]


def orchestration_of(world: World, tenant: str) -> str:
    """The id of the running orchestration deployment."""
    deployments = [record.deployment for record in world.records(tenant, "default")]
    [found] = [one for one in deployments if one.scenario == "orchestration" and one.status == "RUNNING"]
    return found.id


def restricted(tenants: tuple[str, ...], kind: str, models: tuple[str, ...]) -> World:
    """The demo, where the orchestration of these sub-accounts has a list of models."""
    world = demo_world()
    entries = json.dumps([{"modelName": model, "modelVersions": []} for model in models])
    pairs = [{"key": "modelFilterList", "value": entries}, {"key": "modelFilterListType", "value": kind}]
    for tenant in tenants:
        world.remove(orchestration_of(world, tenant))
        configured = world.configure(tenant, "default", "few", "orchestration", "orchestration", pairs)
        world.deploy(tenant, "", configuration=configured)
    return world


def asked(stand: Stand) -> set[str]:
    """Ids of the deployments that were asked to answer."""
    return {seen.path.split("/deployments/")[1].split("/")[0] for seen in stand.world.requests.inference()}


@pytest.mark.parametrize(("kind", "models"), [("allow", ("gpt-4.1",)), ("deny", (GPT,))])
@streamed_or_not
def test_a_deployment_that_forbids_the_model_is_never_asked(
    tmp_path: Path, kind: str, models: tuple[str, ...], stream: bool
) -> None:
    world = restricted(("demo-eu",), kind, models)
    with running_stand(tmp_path, world=world) as stand:
        answers = [chat(stand, stream, model=GPT, messages=HELLO) for _ in range(4)]

        assert {answer.choices[0].message.content for answer in answers} == {"well"}
        assert asked(stand) == {orchestration_of(world, "demo-us")}


def test_a_model_that_every_deployment_forbids_is_no_model(tmp_path: Path) -> None:
    with running_stand(tmp_path, world=restricted(("demo-eu", "demo-us"), "deny", (GPT,))) as stand:
        listed = {entry["id"] for entry in stand.request("GET", "/v1/models").json()["data"]}
        answer = stand.request("POST", "/v1/chat/completions", {"model": GPT, "messages": HELLO})

        assert GPT not in listed
        assert "gpt-5.2" in listed
        assert answer.headers["x-proxy-model"] in listed
        assert GPT not in json.dumps(stand.inference_bodies())


@streamed_or_not
def test_the_other_sub_account_answers_when_one_is_throttled(tmp_path: Path, stream: bool) -> None:
    with running_stand(tmp_path) as stand:
        throttled = orchestration_of(stand.world, "demo-eu")
        stand.world.faults.set(throttled, Fault("throttle"), Fault("status", status=429))

        answers = [chat(stand, stream, model=GPT, messages=HELLO) for _ in range(3)]

        assert {answer.choices[0].message.content for answer in answers} == {"well"}


def test_a_deployment_of_its_own_is_asked_wherever_it_runs(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        for _ in range(3):
            chat(stand, stream=False, model=NOVA, messages=HELLO)

        assert {seen.path.rpartition("/")[2] for seen in stand.world.requests.inference()} == {"converse"}


def test_two_deployments_of_one_group_share_the_work(tmp_path: Path) -> None:
    world = demo_world()
    configured = world.configure("demo-eu", "default", "second", "orchestration", "orchestration", [])
    second = world.deploy("demo-eu", "", configuration=configured)
    with running_stand(tmp_path, world=world) as stand:
        for _ in range(9):
            chat(stand, stream=False, model=GPT, messages=HELLO)

        assert second.id in asked(stand)
        assert len(asked(stand)) == 3


@pytest.mark.parametrize("model", ["gpt-5", GPT])
def test_the_modules_that_the_page_shows_are_taken(tmp_path: Path, model: str) -> None:
    found = re.search(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    shown = OrchestrationSettings(modules=json.loads(found[1])["orchestration"])
    with running_stand(tmp_path, orchestration=shown) as stand:
        answer = chat(stand, stream=False, model=model, messages=HELLO)

        assert answer.choices[0].message.content == "well"
        assert "filtering" in stand.inference_bodies()[-1]["config"]["modules"]
