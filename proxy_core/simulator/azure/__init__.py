"""Azure OpenAI deployments, and the hosts that speak the same wire."""
