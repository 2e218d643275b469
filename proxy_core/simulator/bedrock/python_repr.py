"""The service's `/converse-stream` lines: each event is printed as Python prints a dict, not as JSON.

So quotes are single unless the text holds an apostrophe, `True` and `None` are capital, unprintable
characters are escaped, and bytes look like `b'…'`.
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["encode_line"]


def encode_line(event: Mapping[str, Any]) -> bytes:
    return f"data: {dict(event)!r}\n\n".encode()
