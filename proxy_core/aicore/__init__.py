"""SAP AI Core itself: credentials, tokens, deployments, and the connections to it."""
