"""The vocabulary of each wire format, seen from both sides: tables and shapes, no translation."""
