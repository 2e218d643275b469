from collections import Counter

from proxy_core.routing.balancer import Balancer
from tests.routing.demo import deployment

A1, A2, A3 = (deployment(f"a{number}", "gpt-4o", "a") for number in (1, 2, 3))
B1, B2 = (deployment(f"b{number}", "gpt-4o", "b") for number in (1, 2))


def test_single_deployment_is_always_first() -> None:
    balancer = Balancer()

    assert [balancer.order([A1]) for _ in range(2)] == [(A1,), (A1,)]


def test_first_tries_go_round_the_sub_accounts() -> None:
    balancer = Balancer()

    firsts = [balancer.order([A1, A2, B1])[0].sub_account for _ in range(4)]

    assert firsts == ["a", "b", "a", "b"]


def test_first_tries_go_round_the_deployments_within_each() -> None:
    balancer = Balancer()

    firsts = Counter(balancer.order([A1, A2, B1, B2])[0].id for _ in range(8))

    assert firsts == {"a1": 2, "a2": 2, "b1": 2, "b2": 2}


def test_second_try_goes_to_another_sub_account() -> None:
    first, second, *_ = Balancer().order([A1, A2, A3, B1])

    assert first.sub_account != second.sub_account


def test_order_holds_every_deployment_once() -> None:
    balancer = Balancer()

    for _ in range(7):
        assert sorted(item.id for item in balancer.order([A1, A2, A3, B1])) == ["a1", "a2", "a3", "b1"]


def test_other_models_do_not_disturb_the_turn() -> None:
    balancer = Balancer()

    firsts = []
    for _ in range(4):
        firsts.append(balancer.order([A1, B1])[0].id)
        balancer.order([A2, B2])

    assert firsts == ["a1", "b1", "a1", "b1"]
