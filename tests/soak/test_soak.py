"""Two minutes of the soak; `make soak` runs twenty."""

from pathlib import Path

import pytest

from tests.soak.soak import run_soak


@pytest.mark.timeout(300)
def test_nothing_is_wrong_lost_doubled_or_leaked_on_a_bad_day(tmp_path: Path) -> None:
    report = run_soak(tmp_path, seconds=110, clients=32, seed=1)

    assert report.problems == []
