import itertools
from collections import Counter

from proxy_core.aicore.deployment import Deployment
from proxy_core.routing.balancer import Balancer
from tests.routing.demo import deployment

A1, A2, A3 = (deployment(f"a{number}", "gpt-4o", "a") for number in (1, 2, 3))
B1, B2 = (deployment(f"b{number}", "gpt-4o", "b") for number in (1, 2))


def idle(_deployment: Deployment) -> int:
    return 0


def picks(balancer: Balancer, *deployments: Deployment, times: int) -> Counter[str]:
    return Counter(balancer.pick("gpt-4o", deployments, idle).id for _ in range(times))


def test_the_one_with_the_fewest_requests_is_next() -> None:
    busy = {"a1": 2, "a2": 1, "b1": 3}

    assert Balancer().pick("gpt-4o", [A1, A2, B1], lambda item: busy[item.id]) is A2


def test_equals_go_round_sub_accounts_and_deployments() -> None:
    assert picks(Balancer(), A1, A2, B1, B2, times=1000) == {"a1": 250, "a2": 250, "b1": 250, "b2": 250}


def test_a_sub_account_with_more_deployments_gets_no_more_of_the_turns() -> None:
    assert picks(Balancer(), A1, A2, B1, times=1000) == {"a1": 250, "a2": 250, "b1": 500}


def test_neighbours_in_turn_are_of_different_sub_accounts() -> None:
    balancer = Balancer()
    accounts = [balancer.pick("gpt-4o", [A1, A2, B1, B2], idle).sub_account for _ in range(8)]

    assert all(one != next_one for one, next_one in itertools.pairwise(accounts))


def test_a_weight_gives_more_turns() -> None:
    assert picks(Balancer({"a": 3}), A1, A2, B1, times=800) == {"a1": 300, "a2": 300, "b1": 200}


def test_a_weight_allows_more_at_once() -> None:
    busy = {"a1": 2, "b1": 1}

    assert Balancer({"a": 3}).pick("gpt-4o", [A1, B1], lambda item: busy[item.id]) is A1


def test_one_that_was_away_is_not_flooded_when_it_comes_back() -> None:
    balancer = Balancer()
    picks(balancer, A1, times=1)
    picks(balancer, A1, A2, times=100)
    picks(balancer, A1, A2, A3, times=3)

    assert picks(balancer, A1, A2, A3, times=30) == {"a1": 10, "a2": 10, "a3": 10}


def test_other_models_do_not_disturb_the_turn() -> None:
    balancer = Balancer()
    firsts = []
    for _ in range(4):
        firsts.append(balancer.pick("gpt-4o", [A1, B1], idle).id)
        balancer.pick("gpt-5", [A1, B1], idle)

    assert firsts == ["a1", "b1", "a1", "b1"]
