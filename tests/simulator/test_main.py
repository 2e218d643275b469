import json
import socket
import subprocess
import sys
from pathlib import Path

MODULE = [sys.executable, "-m", "proxy_core.simulator"]


def test_service_keys_are_printed_as_json() -> None:
    ran = subprocess.run([*MODULE, "--seconds", "0.1"], capture_output=True, text=True, timeout=30, check=True)

    url, *keys = ran.stdout.splitlines()
    texts = dict(line.split(" ", 1) for line in keys)
    assert set(texts) == {"demo-eu", "demo-us"}
    assert json.loads(texts["demo-eu"])["url"] == url


def test_service_keys_are_written_to_a_folder(tmp_path: Path) -> None:
    command = [*MODULE, "--seconds", "0.1", "--keys", str(tmp_path)]

    subprocess.run(command, capture_output=True, timeout=30, check=True)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo-eu.json", "demo-us.json"]


def test_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = subprocess.run([*MODULE, "--port", port], capture_output=True, text=True, timeout=30, check=False)

    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert port in ran.stderr
