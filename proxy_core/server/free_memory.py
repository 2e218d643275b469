"""Where memory goes that is done with: back to the system.

glibc learns from each large block that is freed to keep blocks of that size for the thread that used them.
With many threads and pictures of megabytes that store grows to a gigabyte. Small blocks it keeps in any case,
between those in use; after hours of many streams that is more than the program itself needs.
"""

import ctypes
import sys
from collections.abc import Callable

__all__ = ["release_free_blocks", "release_large_blocks"]

_M_MMAP_THRESHOLD = -3
"""Source: malloc.h and mallopt(3) of the GNU C library."""
_LARGE = 4 * 1024 * 1024
"""Bytes. Conversations without pictures are smaller; mapping each of their blocks anew would cost time."""


def release_large_blocks() -> bool:
    """Have this process give large blocks back at once. False where its C library has no such switch: those of
    macOS, Windows and Alpine need none."""
    switch = _function("mallopt")
    return switch is not None and bool(switch(_M_MMAP_THRESHOLD, _LARGE))


def release_free_blocks() -> bool:
    """Give back what lies free between blocks in use, which takes about a millisecond. True when something was;
    False also where the C library has no such call. Source: malloc_trim(3)."""
    trim = _function("malloc_trim")
    return trim is not None and bool(trim(0))


def _function(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
