from typing import Any

from proxy_core.cli.status_lines import render_status


def item(state: str = "ready", seconds: int = 0, reason: str = "", in_flight: int = 0) -> Any:
    told = {"state": state, "seconds": seconds, "reason": reason, "cause": None, "in_flight": in_flight}
    return {"sub_account": "demo-eu", "id": "d123", **told}


def lines(*deployments: Any, waiting: int = 0) -> list[str]:
    model = {"name": "gpt-5", "aliases": [], "waiting": waiting, "deployments": list(deployments)}
    return render_status({"models": [model]})


def test_one_that_rests_is_told_with_its_time_and_its_reason() -> None:
    assert lines(item(), item("limited", 23, "SAP's rate limit is reached")) == [
        "gpt-5 on d123 of demo-eu: limited for 23 s: SAP's rate limit is reached"
    ]


def test_a_time_that_is_not_known_is_left_out() -> None:
    assert lines(item("busy", 0, "full", in_flight=2)) == [
        "gpt-5 on d123 of demo-eu: busy: full, 2 requests under way"
    ]


def test_when_all_is_well_one_line_says_so() -> None:
    assert lines(item(), item()) == ["Every deployment is ready."]


def test_requests_under_way_are_told_beside_it() -> None:
    assert lines(item(in_flight=1)) == [
        "Every deployment is ready.",
        "gpt-5 on d123 of demo-eu: ready, 1 request under way",
    ]


def test_waiting_requests_are_told_for_their_model() -> None:
    assert lines(item("limited", 3, "full"), waiting=2)[1:] == ["gpt-5: 2 requests waiting"]
