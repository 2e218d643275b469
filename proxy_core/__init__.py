"""The engine of AI Core Proxy: SAP AI Core's models for OpenAI and Anthropic clients."""
