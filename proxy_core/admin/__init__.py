"""The settings page: its own small server on loopback, which shares no right with the proxy."""
