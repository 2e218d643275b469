"""The toy tray program as a child process, with its lines in and out."""

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, Self

__all__ = ["TrayProcess"]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 20.0


class TrayProcess:
    """Use as a context manager; leaving it ends the program and fails if it does not end by itself."""

    def __init__(self, environ: dict[str, str], **snapshot: Any) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.desktop.tray_program", json.dumps(snapshot)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
            cwd=ROOT,
        )
        self.pid = self._process.pid
        self.log: list[str] = []
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read_output, args=(self._process.stdout,)),
            threading.Thread(target=self._read_log, args=(self._process.stderr,)),
        ]

    def __enter__(self) -> Self:
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self.terminate()
        finally:
            self._process.kill()
            self._process.wait()
            for reader in self._readers:
                reader.join()
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                assert pipe is not None
                pipe.close()
        if kind is None:
            assert not [line for line in self.log if "Traceback" in line], "\n".join(self.log)

    def say(self, **command: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def publish(self, **snapshot: Any) -> None:
        self.say(publish=snapshot)

    def next_line(self, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The next line of the program. Raises queue.Empty."""
        return self._lines.get(timeout=seconds)

    def next_action(self) -> tuple[str, str | None]:
        line = self.next_line()
        return line["action"], line["argument"]

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def terminate(self) -> int:
        """SIGTERM, and the program's exit code."""
        self._process.terminate()
        return self.wait()

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        return self._process.wait(seconds)

    def _read_output(self, pipe: IO[str]) -> None:
        for line in pipe:
            self._lines.put(json.loads(line))

    def _read_log(self, pipe: IO[str]) -> None:
        self.log.extend(pipe)
