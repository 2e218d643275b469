"""Checks of request bodies, in the words of each vendor."""
