"""The kinds of SAP AI Core deployments that we call, one module each, blind to each other."""
