"""Measures the proxy beside a direct connection. The product does not use it."""
