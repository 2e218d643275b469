"""How long to wait for SAP. Values only."""

from dataclasses import dataclass

__all__ = ["TICK", "Timeouts"]

TICK = 0.5
"""Seconds after which a silent connection is looked at again: is the caller still there, is the time up?"""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect (TLS included), until the first byte of an answer, between two reads of it."""

    connect: float = 10.0
    first_byte: float = 600.0
    idle: float = 300.0
