"""What the simulated models understand and decide to answer."""
