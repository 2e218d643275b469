"""The memory of responses that clients refer to."""

from typing import Any

from proxy_core.gateway.response_memory import KeptResponse, ResponseMemory
from tests.gateway.fakes import deployment

ASKED = {"role": "user", "content": "a"}
SAID = {"id": "msg_1", "type": "message", "role": "assistant", "content": "b"}
HERE, THERE = deployment("here"), deployment("there")


def kept(
    identity: str, *, previous: str | None = None, output: Any = (SAID,), size: int = 1, **more: Any
) -> KeptResponse:
    return KeptResponse({"id": identity, "output": list(output)}, (ASKED,), previous, size, **more)


def memory(*entries: KeptResponse, **limits: int) -> ResponseMemory:
    filled = ResponseMemory(**limits)
    for entry in entries:
        filled.keep(entry)
    return filled


def test_a_request_that_refers_to_nothing_passes() -> None:
    body = {"input": "a"}

    assert memory(kept("r")).place(body, [HERE]) == (body, (HERE,))


def test_a_response_that_is_kept_here_becomes_the_conversation() -> None:
    body, deployments = memory(kept("r")).place({"previous_response_id": "r", "input": "c"}, [HERE, THERE])

    assert body == {"input": [ASKED, SAID, {"type": "message", "role": "user", "content": "c"}]}
    assert deployments == (HERE, THERE)


def test_a_chain_of_responses_becomes_the_whole_conversation() -> None:
    second = {**SAID, "id": "msg_2"}
    filled = memory(kept("r1"), kept("r2", previous="r1", output=(second,)))

    assert filled.place({"previous_response_id": "r2", "input": []}, [HERE])[0]["input"] == [
        ASKED,
        SAID,
        ASKED,
        second,
    ]


def test_the_deployment_that_keeps_a_response_gets_the_request_as_it_is() -> None:
    body = {"previous_response_id": "r", "input": "c"}

    assert memory(kept("r", deployment=THERE)).place(body, [HERE, THERE]) == (body, (THERE,))


def test_another_model_gets_the_conversation_instead() -> None:
    thought = {"id": "rs_1", "type": "reasoning", "summary": []}
    sealed = {**thought, "encrypted_content": "gAAA"}
    filled = memory(kept("r", output=(thought, sealed, SAID), deployment=THERE))

    body, deployments = filled.place({"previous_response_id": "r", "input": []}, [HERE])

    assert body == {"input": [ASKED, sealed, SAID]}
    assert deployments == (HERE,)


def test_a_reference_to_an_item_becomes_the_item() -> None:
    reference = {"type": "item_reference", "id": "msg_1"}

    assert memory(kept("r")).place({"input": [reference]}, [HERE])[0] == {"input": [SAID]}


def test_an_item_that_a_deployment_keeps_leads_there() -> None:
    body = {"input": [{"type": "item_reference", "id": "msg_1"}]}

    assert memory(kept("r", deployment=THERE)).place(body, [HERE, THERE]) == (body, (THERE,))


def test_what_is_not_known_stays_for_others_to_judge() -> None:
    body = {"previous_response_id": "gone", "input": [{"type": "item_reference", "id": "gone"}]}

    assert memory(kept("r")).place(body, [HERE]) == (body, (HERE,))


def test_a_conversation_whose_beginning_is_gone_stays_a_reference() -> None:
    body, _ = memory(kept("r2", previous="r1")).place({"previous_response_id": "r2", "input": []}, [HERE])

    assert body["previous_response_id"] == "r2"


def test_the_oldest_go_first() -> None:
    by_number = memory(kept("a"), kept("b"), kept("c"), limit=2)
    by_size = memory(kept("a", size=6), kept("b", size=6), size_limit=10)

    assert [by_number.find(name) is not None for name in "abc"] == [False, True, True]
    assert [by_size.find(name) is not None for name in "ab"] == [False, True]


def test_one_that_is_too_large_is_not_kept() -> None:
    assert memory(kept("a", size=11), size_limit=10).find("a") is None


def test_a_response_may_go_on_and_be_forgotten() -> None:
    filled = memory(kept("r"))

    filled.update("r", {"id": "r", "status": "completed"})
    assert (entry := filled.find("r")) is not None
    assert entry.response["status"] == "completed"
    filled.forget("r")
    assert filled.find("r") is None
