"""Where the memory of large bodies goes when they are done with: back to the system.

glibc learns from each large block that is freed to keep blocks of that size for the thread that used them.
With many threads and pictures of megabytes that store grows to a gigabyte.
"""

import ctypes
import sys

__all__ = ["release_large_blocks"]

_M_MMAP_THRESHOLD = -3
"""Source: malloc.h and mallopt(3) of the GNU C library."""
_LARGE = 4 * 1024 * 1024
"""Bytes. Conversations without pictures are smaller; mapping each of their blocks anew would cost time."""


def release_large_blocks() -> bool:
    """Have this process give large blocks back at once. False where its C library has no such switch: those of
    macOS, Windows and Alpine need none."""
    if sys.platform != "linux":
        return False
    switch = getattr(ctypes.CDLL(None), "mallopt", None)
    return switch is not None and bool(switch(_M_MMAP_THRESHOLD, _LARGE))
