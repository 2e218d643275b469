"""A SAP AI Core on loopback, for the demo mode and the tests. It shares no code with the proxy."""
