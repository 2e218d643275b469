"""What a process holds: threads, descriptors, memory. Linux only."""

import os
import time
from dataclasses import dataclass

__all__ = ["Holding", "holding_of", "settled_holding"]


@dataclass(frozen=True)
class Holding:
    """`memory` is resident, in bytes."""

    threads: int
    descriptors: int
    memory: int

    def __str__(self) -> str:
        return f"{self.threads} threads, {self.descriptors} descriptors, {self.memory / 1e6:.1f} MB"


def holding_of(pid: int) -> Holding:
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return Holding(
        threads=int(lines["Threads"]),
        descriptors=len(os.listdir(f"/proc/{pid}/fd")),
        memory=int(lines["VmRSS"].split()[0]) * 1024,
    )


def settled_holding(pid: int, seconds: float) -> Holding:
    """The least of each within some quiet seconds."""
    looks = []
    for _ in range(10):
        time.sleep(seconds / 10)
        looks.append(holding_of(pid))
    return Holding(
        min(look.threads for look in looks),
        min(look.descriptors for look in looks),
        min(look.memory for look in looks),
    )
