"""A transport per test, closed at its end, and certificates of a test authority."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from proxy_core.aicore.transport import Timeouts, Transport


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(timeouts=Timeouts(connect=5, first_byte=10, idle=10))
    yield made
    made.close()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def tls_transport(ca_file: Path) -> Iterator[Transport]:
    made = Transport(timeouts=Timeouts(connect=5, first_byte=10, idle=10), ca_file=ca_file)
    yield made
    made.close()
