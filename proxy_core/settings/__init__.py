"""What the user configured, loaded once and immutable."""
