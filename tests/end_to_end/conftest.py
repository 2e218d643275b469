"""Fixtures of the end-to-end tests."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.stand import Stand, running_stand


@pytest.fixture(scope="package")
def shared_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with running_stand(tmp_path_factory.mktemp("stand")) as stand:
        yield stand


@pytest.fixture
def stand(shared_stand: Stand) -> Iterator[Stand]:
    """The shared stand, healthy and with an empty log."""
    shared_stand.reset()
    yield shared_stand
    shared_stand.reset()
