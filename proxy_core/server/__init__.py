"""The HTTP front: bytes in, bytes out."""
