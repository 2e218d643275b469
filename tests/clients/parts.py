"""What the table of clients is written with: where a client runs, and how. Starts nothing."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["KEY", "MODELS", "PROMPT", "PROOF_FILE", "Client", "Place", "Run", "Service", "find_free_port"]

KEY = "sk-demo"
PROOF_FILE = "proof.txt"
PROMPT = f"Please run `cat {PROOF_FILE}` in the shell."
MODELS = ("gpt-5", "claude-sonnet-4-5", "gemini-2.5-pro")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run happens. `address` has no path; `home` and `work` are empty folders of this run alone."""

    address: str
    model: str
    home: Path
    work: Path
    installed: Path

    @property
    def v1(self) -> str:
        return self.address + "/v1"

    def bin(self, name: str) -> str:
        return str(self.installed / "npm" / "node_modules" / ".bin" / name)

    def native(self, pattern: str) -> str:
        """A program that npm's install script would have linked. FileNotFoundError when it is missing."""
        found = sorted((self.installed / "npm" / "node_modules").glob(pattern))
        if not found:
            raise FileNotFoundError(f"no {pattern} for this system among what npm installed")
        return str(found[0])

    def python(self, venv: str) -> str:
        return str(self.installed / venv / "bin" / "python")


@dataclass(frozen=True, slots=True)
class Service:
    """A program that must listen on `port` before the client starts."""

    command: list[str]
    port: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run: files to write first (absolute path: text), commands before, and the command to judge."""

    command: list[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[Path, str] = field(default_factory=dict)
    before: tuple[list[str], ...] = ()
    service: Service | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A row of the table. `tools` is false for a client that never offers a tool to the model."""

    name: str
    plan: Callable[[Place], Run]
    models: tuple[str, ...] = MODELS
    tools: bool = True


def find_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
