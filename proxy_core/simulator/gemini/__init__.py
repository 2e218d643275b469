"""Gemini on Vertex."""
