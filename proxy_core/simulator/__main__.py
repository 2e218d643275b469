"""Runs the simulated SAP AI Core by itself: `python -m proxy_core.simulator --port N`.

It prints its address and one service key a line as JSON, or writes them to files, and serves until interrupted
or until `--seconds` are over.
"""

import argparse
import json
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, or 1 when the port is taken."""
    options = parse(arguments)
    simulator = Simulator(demo_world(), options.host, options.port, pace=options.pace)
    try:
        simulator.start()
    except OSError as error:
        sys.stderr.write(
            f"cannot listen on {options.host}:{options.port}: {error.strerror}; choose another --port\n"
        )
        return 1
    try:
        show_keys(simulator, options.keys)
        threading.Event().wait(options.seconds)
    except KeyboardInterrupt:
        pass
    finally:
        simulator.stop()
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proxy_core.simulator", description="Serve a simulated SAP AI Core on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--pace", type=float, default=0.01, help="seconds between the frames of a stream")
    parser.add_argument("--keys", type=Path, help="folder to write the service keys to, instead of printing them")
    parser.add_argument("--seconds", type=float, help="stop after this time")
    return parser.parse_args(arguments)


def show_keys(simulator: Simulator, folder: Path | None) -> None:
    sys.stdout.write(f"{simulator.url}\n")
    for tenant in simulator.world.tenants:
        text = json.dumps(simulator.service_key(tenant.name))
        if folder is None:
            sys.stdout.write(f"{tenant.name} {text}\n")
            continue
        path = folder / f"{tenant.name}.json"
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{tenant.name} {path}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
