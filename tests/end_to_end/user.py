"""A user at a terminal: a folder of one's own, and the real programs as processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["REPOSITORY", "Program", "User"]

REPOSITORY = Path(__file__).parents[2]
_PROGRAMS = Path(os.environ.get("PROXY_PROGRAMS") or sys.executable).parent
"""`PROXY_PROGRAMS` names `sap-ai-proxy` of a bundle, to be tested in place of the source."""
_START_SECONDS = 30.0
_READY = re.compile(r"(?:listens on|Base URL +)\s*(https?://[\w.\[\]:]+?:(\d+))")


@dataclass
class Program:
    """`sap-ai-proxy` while it runs."""

    process: subprocess.Popen[bytes]
    out_file: Path
    err_file: Path

    @property
    def out(self) -> str:
        return self.out_file.read_text("utf-8")

    @property
    def err(self) -> str:
        return self.err_file.read_text("utf-8")

    @property
    def url(self) -> str:
        return self._address()[1]

    @property
    def port(self) -> int:
        return int(self._address()[2])

    @property
    def generated_key(self) -> str:
        """The key that it showed."""
        found = re.search(r"shown once: (\S+)", self.out)
        assert found, self.out
        return found[1]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """The exit code and how many seconds the end took."""
        began = time.monotonic()
        self.process.send_signal(number)
        return self.process.wait(20), time.monotonic() - began

    def get(self, path: str, key: str) -> Any:
        request = urllib.request.Request(self.url + path, headers={"x-api-key": key})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def models(self, key: str) -> list[str]:
        return [entry["id"] for entry in self.get("/v1/models", key)["data"]]

    def ask(self, model: str, text: str, key: str) -> str:
        """The text of one whole answer."""
        body = json.dumps({"model": model, "messages": [{"role": "user", "content": text}]}).encode()
        headers = {"Authorization": f"Bearer {key}"}
        request = urllib.request.Request(f"{self.url}/v1/chat/completions", body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            said: str = json.load(answer)["choices"][0]["message"]["content"]
        return said

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until it came so far; fails when it ended before."""
        deadline = time.monotonic() + _START_SECONDS
        while not condition():
            assert self.process.poll() is None, self.err
            assert time.monotonic() < deadline, f"came not so far: {self.err}"
            time.sleep(0.02)

    def _address(self) -> re.Match[str]:
        found = _READY.search(self.out)
        assert found, self.out
        return found


class User:
    """`work` is where the user stands, `home` the home folder; nothing else of this machine is seen."""

    def __init__(self, base: Path) -> None:
        self.work = base / "work"
        self.home = base / "home"
        self.work.mkdir(parents=True)
        self.home.mkdir()
        self.environ = {
            "PATH": f"{_PROGRAMS}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "AI_CORE_PROXY_HOME": str(self.home / "proxy"),
        }

    def write(self, name: str, content: Any) -> Path:
        """A file below `work`: text as it is, everything else as JSON."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    def run(self, *command: str, said: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; `said` is what the user types."""
        return subprocess.run(
            command,
            input=said,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.work,
            env={**self.environ, **environ},
            check=False,
        )

    @contextmanager
    def running(self, *options: str, **environ: str) -> Iterator[Program]:
        """`sap-ai-proxy`, ready, on a free port unless told otherwise."""
        with self.starting(*options, **environ) as program:
            program.wait_for(lambda: _READY.search(program.out) is not None)
            yield program

    @contextmanager
    def starting(self, *options: str, **environ: str) -> Iterator[Program]:
        """`sap-ai-proxy`, just started."""
        port = () if {"-p", "--port"} & set(options) else ("-p", "0")
        number = len(list(self.home.glob("out-*")))
        program = self._start(("sap-ai-proxy", *port, *options), number, environ)
        try:
            yield program
        finally:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()

    def _start(self, command: tuple[str, ...], number: int, environ: dict[str, str]) -> Program:
        out_file, err_file = self.home / f"out-{number}", self.home / f"err-{number}"
        with out_file.open("wb") as out, err_file.open("wb") as err:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.work,
                env={**self.environ, **environ},
            )
        return Program(process, out_file, err_file)
