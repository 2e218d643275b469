"""Inflating within a limit."""

import gzip

import pytest

from proxy_core.errors import ClientError
from proxy_core.server.request_body import inflate_body


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_plain_body_passes(encoding: str) -> None:
    assert inflate_body(b"{}", encoding, 2) == b"{}"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_gzip_of_several_members_is_one_body(encoding: str) -> None:
    assert inflate_body(gzip.compress(b"one") + gzip.compress(b"two"), encoding, 6) == b"onetwo"


def test_the_limit_holds_over_all_members() -> None:
    with pytest.raises(ClientError) as caught:
        inflate_body(gzip.compress(b"one") + gzip.compress(b"two"), "gzip", 5)

    assert caught.value.status == 413
