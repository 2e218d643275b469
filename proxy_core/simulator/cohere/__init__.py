"""Cohere's Command models: the v2 chat wire."""
