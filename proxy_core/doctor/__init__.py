"""Finds out why the proxy does not work here, and says what to do. Changes nothing."""
