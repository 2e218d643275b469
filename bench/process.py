"""What the operating system says of the proxy's process. Linux only: None elsewhere."""

import os
from pathlib import Path

__all__ = ["busy_seconds", "cpu_seconds", "memory_mb"]


def cpu_seconds(pid: int) -> float | None:
    """User and system time of the process so far, in steps of the kernel's tick."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_seconds(pid: int) -> float | None:
    """The same of the threads that live now, in nanosecond steps: for short spans."""
    try:
        texts = [path.read_text(encoding="ascii") for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except OSError:
        return None
    return sum(int(text.split()[0]) for text in texts) / 1e9 if texts else None


def memory_mb(pid: int) -> float | None:
    """Resident memory in units of a million bytes."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in text.splitlines() if line.startswith("VmRSS:")), None)
    return int(kilobytes) * 1024 / 1e6 if kilobytes else None
